import { useTitle } from '../shell/title.js';

export default function Today() {
  useTitle('Today');
  return <h1>Today</h1>;
}
