/** The coordinator's web page: what of it is no page. */
export { Player } from './player.ts';
export { ScanSession } from './scan-session.ts';
