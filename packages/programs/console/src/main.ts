/** The page's script. */
import { GapPage } from './page.ts';

new GapPage().start();
