import { useEffect, useRef } from 'preact/hooks';
import { Link, Route, Switch, useLocation } from 'wouter-preact';
import Today from '../pages/today.js';
import { Announcer } from './announce.js';
import { deferred } from './deferred.js';
import { Connection, Notice } from './health.js';
import { KeySheet } from './keys.js';
import { Navigation } from './navigation.js';
import { shortTime } from './format.js';
import { Person } from './person.js';
import { StatusProvider, useStatus } from './status.js';
import { ThemeSwitch } from './theme.js';

/** Fetched when they are first opened. */
const Studies = deferred(() => import('../pages/studies.js').then((page) => page.default));
const Compare = deferred(() => import('../pages/compare.js').then((page) => page.default));
const Rules = deferred(() => import('../pages/rules.js').then((page) => page.default));
const Models = deferred(() => import('../pages/models.js').then((page) => page.default));
const System = deferred(() => import('../pages/system.js').then((page) => page.default));
const SignIn = deferred(() => import('../pages/sign-in.js').then((page) => page.default));

export function App() {
  const [address] = useLocation();
  // Whoever has not signed in is told nothing, so nothing is asked beside the page.
  if (address === '/sign-in') {
    return (
      <main id="main">
        <SignIn />
      </main>
    );
  }
  return (
    <StatusProvider>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <Link href="/" class="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          Colouriser
        </Link>
        <Navigation />
        <div class="bar-end">
          <Connection />
          <Person />
          <ThemeSwitch />
          <KeySheet />
        </div>
      </header>
      <Notice />
      <Pages />
      <Footer />
      <Announcer />
    </StatusProvider>
  );
}

/** A page that was changed to has the focus, so that keyboard and screen reader go on from its start. */
function Pages() {
  const [address] = useLocation();
  const main = useRef<HTMLElement>(null);
  const page = address.split('/')[1] ?? '';
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [page]);
  return (
    <main id="main" tabIndex={-1} ref={main}>
      <Switch>
        <Route path="/">
          <Today />
        </Route>
        <Route path="/studies/:imageId?">{({ imageId }) => <Studies imageId={imageId} />}</Route>
        <Route path="/compare/:imageId?">{({ imageId }) => <Compare imageId={imageId} />}</Route>
        <Route path="/rules">
          <Rules />
        </Route>
        <Route path="/models">
          <Models />
        </Route>
        <Route path="/system">
          <System />
        </Route>
        <Route>
          <h1>No such page</h1>
          <p>
            Nothing is at this address. <Link href="/">To the first page</Link>
          </p>
        </Route>
      </Switch>
    </main>
  );
}

function Footer() {
  const { data } = useStatus();
  return (
    <footer>
      <strong>Research software, not for diagnosis.</strong>
      <span>The original image is never changed.</span>
      {data && (
        <span class="build">
          Version {data.version}, up since {shortTime(data.startedAt)}
        </span>
      )}
    </footer>
  );
}
