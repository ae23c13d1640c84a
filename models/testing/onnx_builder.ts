import protobuf from "protobufjs/light.js";

// Makes small ONNX files for tests: the head that a test wants, whatever the picture is. Written from
// the messages of onnx.proto, and not with what reads them in the app.

/** Element type of input and output. */
export type Precision = "float32" | "float16";

/** What is to be in the file. */
export interface OnnxSpec {
  /** Sizes of the input; a text is the name of one that is given when the model is run. */
  readonly input: readonly (number | string)[];
  /** Sizes of the output, and the numbers in it. */
  readonly output: readonly number[];
  readonly numbers: Float32Array;
  /** Sizes of the output as the file declares them; default: as they are. */
  readonly declared?: readonly (number | string)[];
  readonly precision?: Precision;
  readonly inputName?: string;
  readonly outputName?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Declared beside the output, of these sizes. */
  readonly others?: Readonly<Record<string, readonly (number | string)[]>>;
  /** Lists weights among the inputs, as old files do. */
  readonly listsWeights?: boolean;
  /** Of the file. @default {7} */
  readonly irVersion?: number;
  /** By domain. @default {{ "": 13 }} */
  readonly opsets?: Readonly<Record<string, number>>;
  /** Says that the weights are in another file. */
  readonly isExternal?: boolean;
}

const field = (id: number, type: string, rule?: "repeated") => ({
  id,
  type,
  ...(rule && { rule }),
});

const ROOT = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: field(1, "int64"),
        producerName: field(2, "string"),
        graph: field(7, "Graph"),
        opsetImport: field(8, "Opset", "repeated"),
        metadataProps: field(14, "Entry", "repeated"),
      },
    },
    Opset: { fields: { domain: field(1, "string"), version: field(2, "int64") } },
    Entry: { fields: { key: field(1, "string"), value: field(2, "string") } },
    Graph: {
      fields: {
        node: field(1, "Node", "repeated"),
        name: field(2, "string"),
        initializer: field(5, "Tensor", "repeated"),
        input: field(11, "ValueInfo", "repeated"),
        output: field(12, "ValueInfo", "repeated"),
      },
    },
    Node: {
      fields: {
        input: field(1, "string", "repeated"),
        output: field(2, "string", "repeated"),
        opType: field(4, "string"),
        attribute: field(5, "Attribute", "repeated"),
      },
    },
    Attribute: {
      fields: {
        name: field(1, "string"),
        i: field(3, "int64"),
        ints: field(8, "int64", "repeated"),
        type: field(20, "int32"),
      },
    },
    Tensor: {
      fields: {
        dims: field(1, "int64", "repeated"),
        dataType: field(2, "int32"),
        name: field(8, "string"),
        rawData: field(9, "bytes"),
        externalData: field(13, "Entry", "repeated"),
        dataLocation: field(14, "int32"),
      },
    },
    ValueInfo: { fields: { name: field(1, "string"), type: field(2, "Type") } },
    Type: { fields: { tensorType: field(1, "TensorType") } },
    TensorType: { fields: { elemType: field(1, "int32"), shape: field(2, "Shape") } },
    Shape: { fields: { dim: field(1, "Dimension", "repeated") } },
    Dimension: { fields: { dimValue: field(1, "int64"), dimParam: field(2, "string") } },
  },
});

const FLOAT = 1;
const FLOAT16 = 10;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** The bytes of a model that gives `numbers` for every picture. */
export function buildOnnx(spec: OnnxSpec): Uint8Array<ArrayBuffer> {
  const { input, output, numbers, inputName = "images", outputName = "output" } = spec;
  const elemType = spec.precision === "float16" ? FLOAT16 : FLOAT;
  const valueInfo = (name: string, shape: readonly (number | string)[]) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: shape.map(dimension) } } },
  });
  const tensor = (name: string, dims: readonly number[], values: Float32Array) => ({
    name,
    dims,
    dataType: elemType,
    rawData: bytesOf(values, spec.precision ?? "float32"),
    ...(spec.isExternal && { dataLocation: 1, externalData: [{ key: "location", value: "w" }] }),
  });
  // (mean of the picture × 0) + numbers: the picture is used, and changes nothing.
  const graph = {
    name: "test",
    node: [
      {
        opType: "ReduceMean",
        input: [inputName],
        output: ["mean"],
        attribute: [
          { name: "axes", ints: [1, 2, 3], type: ATTRIBUTE_INTS },
          { name: "keepdims", i: 0, type: ATTRIBUTE_INT },
        ],
      },
      { opType: "Mul", input: ["mean", "zero"], output: ["nothing"] },
      { opType: "Add", input: ["nothing", "numbers"], output: [outputName] },
      ...Object.keys(spec.others ?? {}).map((name) => ({
        opType: "Identity",
        input: ["numbers"],
        output: [name],
      })),
    ],
    initializer: [tensor("zero", [1], new Float32Array(1)), tensor("numbers", output, numbers)],
    input: [
      valueInfo(inputName, input),
      ...(spec.listsWeights ? [valueInfo("zero", [1]), valueInfo("numbers", output)] : []),
    ],
    output: [
      valueInfo(outputName, spec.declared ?? output),
      ...Object.entries(spec.others ?? {}).map(([name, shape]) => valueInfo(name, shape)),
    ],
  };
  const type = ROOT.lookupType("Model");
  return Uint8Array.from(
    type.encode(type.fromObject({
      irVersion: spec.irVersion ?? 7,
      producerName: "test",
      graph,
      opsetImport: Object.entries(spec.opsets ?? { "": 13 })
        .map(([domain, version]) => ({ domain, version })),
      metadataProps: Object.entries(spec.metadata ?? {}).map(([key, value]) => ({ key, value })),
    })).finish(),
  );
}

function dimension(size: number | string) {
  if (typeof size === "number") return { dimValue: size };
  return size === "" ? {} : { dimParam: size };
}

function bytesOf(values: Float32Array, precision: Precision): Uint8Array {
  if (precision === "float32") return new Uint8Array(values.slice().buffer);
  const Half = (globalThis as unknown as {
    Float16Array: new (from: Float32Array) => { readonly buffer: ArrayBuffer };
  }).Float16Array;
  return new Uint8Array(new Half(values).buffer);
}
