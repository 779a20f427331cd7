import { useEffect } from 'preact/hooks';

/** What the tab of the browser and its history call this page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} - Colouriser`;
  }, [title]);
}
