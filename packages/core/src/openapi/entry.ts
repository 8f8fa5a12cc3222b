export { openApiDocument } from './document.ts';
export { DOCUMENTED_SURFACES } from './surfaces.ts';
export { viewRouter } from './views.ts';
