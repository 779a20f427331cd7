import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/**
 * A component whose code is fetched when it is first shown, so that the first page comes quickly.
 * A release that was put in place meanwhile has other file names: then the page is loaded anew, once.
 */
export function deferred<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Deferred(props: Props) {
    const [Part, setPart] = useState<{ readonly is: ComponentType<Props> } | undefined>(
      loaded && { is: loaded },
    );
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Part) return;
      load().then(
        (is) => {
          loaded = is;
          setPart({ is });
        },
        () => {
          setFailed(true);
        },
      );
    }, [Part]);
    if (failed) {
      return (
        <p role="alert">
          This part of the console could not be loaded. <a href="">Load the page anew</a>
        </p>
      );
    }
    return Part ? <Part.is {...props} /> : <p class="quiet loading">Loading</p>;
  };
}
