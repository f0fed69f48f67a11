import { createServer } from 'node:http';
import { answerQuestions, listenAnywhere } from '../child.ts';

export interface StubQuestion {
  /** An answer of the sandbox. */
  answer: string;
  /** The id in it that no two answers share. */
  id: string;
}

/**
 * A gateway that always gives the same answer, with another id, and costs next to nothing: beside it one sees what
 * Tender's own work is. The answer to the question is its URL.
 */
answerQuestions<StubQuestion, string>(async ({ answer, id }) => {
  const parts = answer.split(id);
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      count += 1;
      response.setHeader('content-type', 'application/json');
      response.end(parts.join(`${id}${count}x${process.pid}`));
    });
  });
  return listenAnywhere(server);
});
