import { useTitle } from '../shell/title.js';

export default function SignIn() {
  useTitle('Sign in');
  return <h1>Sign in</h1>;
}
