// `npm run compose-sandbox`: writes the .env and the credentials for docker-compose.yml with the simulated systems.
import { bootstrap, checkout } from './bootstrap.mjs';

await bootstrap();
const { writeComposeFiles } = await import('../dist/scripts/compose-sandbox.js');
try {
  const written = writeComposeFiles(checkout, new Date());
  console.log(`Written: ${written.join(', ')}. Next: docker compose --profile sandbox up --build`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
