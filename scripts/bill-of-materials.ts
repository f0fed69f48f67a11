import { text } from 'node:stream/consumers';

/**
 * Takes what is there for development only out of a bill of materials:
 * `npm sbom --sbom-format cyclonedx | node scripts/bill-of-materials.ts`. npm's own `--omit dev` leaves packages out that
 * something for development wants as well, such as the driver of the database.
 */
interface Bill {
  components: { 'bom-ref': string; properties?: { name: string; value: string }[] }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

const bill = JSON.parse(await text(process.stdin)) as Bill;
const isForDevelopment = ({ properties = [] }: Bill['components'][number]) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
const components = bill.components.filter((component) => !isForDevelopment(component));
const left = new Set(components.map((component) => component['bom-ref']));
const gone = new Set(
  bill.components.map((component) => component['bom-ref']).filter((ref) => !left.has(ref)),
);
const dependencies = bill.dependencies
  .filter(({ ref }) => !gone.has(ref))
  .map(({ ref, dependsOn = [] }) => ({
    ref,
    dependsOn: dependsOn.filter((other) => !gone.has(other)),
  }));
console.log(JSON.stringify({ ...bill, components, dependencies }, null, 2));
