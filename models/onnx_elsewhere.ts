import { fieldsOf } from "./onnx_fields.ts";

// Where tensors can stand in an ONNX file: among the weights, in attributes of nodes, in graphs within
// graphs, in functions, in what is for training. Numbers of fields: onnx.proto of ONNX 1.19.

/** A message, and the kinds of the messages in its fields. */
type Kind = { readonly [field: number]: () => Kind } & { readonly isTensor?: true };

const tensor = (): Kind => ({ isTensor: true });
const sparseTensor = (): Kind => ({ 1: tensor, 2: tensor });
const attribute = (): Kind => ({
  5: tensor,
  6: graph,
  10: tensor,
  11: graph,
  22: sparseTensor,
  23: sparseTensor,
});
const node = (): Kind => ({ 5: attribute });
const graph = (): Kind => ({ 1: node, 5: tensor, 15: sparseTensor });
const functionOf = (): Kind => ({ 7: node, 11: attribute });
const training = (): Kind => ({ 1: graph, 2: graph });
const model = (): Kind => ({ 7: graph, 20: training, 25: functionOf });

const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** No exporter nests graphs so deep; each level is three or four messages. */
const MAX_DEPTH = 64;

/**
 * Whether any tensor of a model has its numbers in another file, wherever in it that is, and however it
 * is written: the runtime would read whatever file it names, another model's too.
 * @throws {RangeError} If messages are nested deeper than can be looked at.
 */
export function hasNumbersElsewhere(bytes: Uint8Array): boolean {
  return isElsewhere(bytes, model(), 0);
}

function isElsewhere(bytes: Uint8Array, kind: Kind, depth: number): boolean {
  if (depth > MAX_DEPTH) throw new RangeError("its graphs are nested too deep");
  for (const { number, value } of fieldsOf(bytes)) {
    if (kind.isTensor) {
      // Of a number that is longer than 32 bits the runtime takes the last 32.
      if (number === EXTERNAL_DATA || (number === DATA_LOCATION && value !== 0)) return true;
      continue;
    }
    const inner = kind[number];
    if (inner === undefined || !(value instanceof Uint8Array)) continue;
    if (isElsewhere(value, inner(), depth + 1)) return true;
  }
  return false;
}
