/**
 * The peer of the HTTP benchmark: Express with the coordinator's JSON parser, and a handler that does
 * nothing but reply with the text that it is given. Arguments: port, reply.
 */
import express from 'express';

const [port, reply] = process.argv.slice(2);
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/v1/transfers', express.json({ limit: '1mb', inflate: false }), (_request, response) => {
  response.status(201).type('json').send(reply);
});
app.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
