import { render } from 'preact';
import './console.css';
import { App } from './shell/app.js';

const place = document.getElementById('console');
if (place) render(<App />, place);

// The first page needs none of them to be used; each is drawn as soon as it is known.
void import('./shell/elements.js');
