import { useTitle } from '../shell/title.js';

export default function Compare({ imageId }: { readonly imageId: string | undefined }) {
  useTitle('Compare');
  return <h1>{imageId ?? 'Compare'}</h1>;
}
