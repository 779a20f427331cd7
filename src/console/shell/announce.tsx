import { useEffect, useState } from 'preact/hooks';

let tell: (text: string) => void = () => undefined;

/** Tells those who listen rather than look. */
export function announce(text: string): void {
  tell(text);
}

/** The one live region of the console. */
export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => {
    tell = setText;
    return () => void (tell = () => undefined);
  }, []);
  return (
    <div class="unseen" role="status" id="announcer">
      {text}
    </div>
  );
}
