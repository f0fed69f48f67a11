import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_CONTENT_TYPE, problem, renderProblem, type Problem } from '../problem.ts';
import { problemOfError } from '../problem-of-error.ts';

/** Answers with a problem document, with the headers that belong to it. */
export function sendProblem(reply: FastifyReply, about: Problem): FastifyReply {
  reply.request.problem = about;
  return reply
    .code(about.status)
    .headers(about.headers)
    .type(PROBLEM_CONTENT_TYPE)
    .send(renderProblem(about, reply.request.id));
}

/** Has everything that is thrown answered with a problem document, and logs what somebody has to look at. */
export function answerErrorsWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
}

/** Answers one error. Its text is told to the log only: it may name hosts, statements or values. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { problem: answer, fault } = problemOfError(error);
  if (fault === 'bug') request.log.error({ err: asError(error) }, 'request failed unexpectedly');
  if (fault === 'database') {
    request.log.error({ err: asError(error) }, 'request failed: the database cannot be reached');
  }
  sendProblem(reply, withLimit(answer, request));
}

/** Routes differ in how much they take, so the answer names the limit of this one. */
function withLimit(answer: Problem, request: FastifyRequest): Problem {
  if (answer.code !== 'body_too_large') return answer;
  const limitKiB = Math.floor(request.routeOptions.bodyLimit / 1024);
  return problem('body_too_large', { detail: `Send at most ${limitKiB} KiB.` });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`not an Error: ${String(error)}`);
}
