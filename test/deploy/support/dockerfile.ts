/** A line of a Dockerfile with what continues it, such as `COPY` and `src ./src`. */
export interface Instruction {
  keyword: string;
  rest: string;
}

/** What a Dockerfile makes of one `FROM`. */
export interface Stage {
  /** The image that it begins with, its `ARG` put in. */
  from: string;
  /** What `AS` calls it, or its number. */
  name: string;
  instructions: Instruction[];
}

/** What the last stage says of a container that is started from it. */
export interface ImageSettings {
  env: Record<string, string>;
  labels: Record<string, string>;
  workdir: string;
  user: string;
  healthCheck: string[];
  entrypoint: string[];
  command: string[];
}

/**
 * The stages of a Dockerfile. `args` stand for `--build-arg`; an `ARG` that they leave out keeps its default.
 */
export function readStages(text: string, args: Record<string, string>): Stage[] {
  const known: Record<string, string> = {};
  const stages: Stage[] = [];
  for (const { keyword, rest } of readInstructions(text)) {
    if (keyword === 'ARG') {
      const [name = '', value = ''] = rest.split('=');
      known[name] = args[name] ?? value;
    } else if (keyword === 'FROM') {
      const [from = '', , name = String(stages.length)] = putIn(known, rest).split(/\s+/);
      stages.push({ from, name, instructions: [] });
    } else {
      // The shell of RUN puts in what it reads itself.
      const said = keyword === 'LABEL' ? putIn(known, rest) : rest;
      stages.at(-1)?.instructions.push({ keyword, rest: said });
    }
  }
  return stages;
}

/** What a stage says of its containers; what it leaves out is empty. */
export function readSettings({ instructions }: Stage): ImageSettings {
  const last = (keyword: string) =>
    instructions.findLast((instruction) => instruction.keyword === keyword)?.rest;
  const words = (json = '[]') => JSON.parse(json) as string[];
  return {
    env: readPairs(instructions, 'ENV'),
    labels: readPairs(instructions, 'LABEL'),
    workdir: last('WORKDIR') ?? '/',
    user: last('USER') ?? '',
    healthCheck: words(last('HEALTHCHECK')?.replace(/^.*?CMD\s+/, '')),
    entrypoint: words(last('ENTRYPOINT')),
    command: words(last('CMD')),
  };
}

function readInstructions(text: string): Instruction[] {
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [keyword = ''] = line.split(' ', 1);
      return { keyword, rest: line.slice(keyword.length).trim() };
    });
}

function readPairs(instructions: Instruction[], keyword: string): Record<string, string> {
  const said = instructions.filter((instruction) => instruction.keyword === keyword);
  const pairs = said.flatMap(({ rest }) => [...rest.matchAll(/([^\s=]+)=(?:"([^"]*)"|(\S+))/g)]);
  return Object.fromEntries(
    pairs.map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]),
  );
}

function putIn(known: Record<string, string>, text: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`The Dockerfile uses ${name}, and no ARG names it.`);
    return value;
  });
}
