import { useTitle } from '../shell/title.js';

export default function Models() {
  useTitle('Models');
  return <h1>Models</h1>;
}
