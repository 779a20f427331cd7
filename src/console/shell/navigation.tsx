import { Link, useRoute, useLocation } from 'wouter-preact';
import { Icon } from './icon.js';
import { useKeys } from './keys.js';

interface Place {
  readonly href: string;
  readonly pattern: string;
  readonly word: string;
  readonly icon: string;
}

/** The pages in their order; their keys are 1, 2, 3 … */
const places: readonly Place[] = [
  { href: '/', pattern: '/', word: 'Today', icon: 'today' },
  { href: '/studies', pattern: '/studies/:imageId?', word: 'Studies', icon: 'studies' },
  { href: '/compare', pattern: '/compare/:imageId?', word: 'Compare', icon: 'compare' },
  { href: '/rules', pattern: '/rules', word: 'Rules', icon: 'rules' },
  { href: '/models', pattern: '/models', word: 'Models', icon: 'models' },
  { href: '/system', pattern: '/system', word: 'System', icon: 'system' },
];

export function Navigation() {
  const [, navigate] = useLocation();
  useKeys(
    places.map(({ href, word }, index) => ({
      keys: [String(index + 1)],
      shown: String(index + 1),
      does: word,
      act: () => {
        navigate(href);
      },
    })),
  );
  return (
    <nav aria-label="Pages">
      <ul>
        {places.map((place) => (
          <Place key={place.href} {...place} />
        ))}
      </ul>
    </nav>
  );
}

function Place({ href, pattern, word, icon }: Place) {
  const [isHere] = useRoute(pattern);
  return (
    <li>
      <Link href={href} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        <span>{word}</span>
      </Link>
    </li>
  );
}
