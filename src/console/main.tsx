import { render } from 'preact';
import './console.css';
import { App } from './shell/app.js';
import './shell/elements.js';

const place = document.getElementById('console');
if (place) render(<App />, place);
