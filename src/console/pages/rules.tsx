import { useTitle } from '../shell/title.js';

export default function Rules() {
  useTitle('Rules');
  return <h1>Rules</h1>;
}
