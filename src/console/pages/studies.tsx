import { useTitle } from '../shell/title.js';

export default function Studies({ imageId }: { readonly imageId: string | undefined }) {
  useTitle('Studies');
  return <h1>{imageId ?? 'Studies'}</h1>;
}
