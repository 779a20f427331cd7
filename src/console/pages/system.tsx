import { useTitle } from '../shell/title.js';

export default function System() {
  useTitle('System');
  return <h1>System</h1>;
}
