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
  /** Outputs beside it. */
  readonly others?: Readonly<Record<string, OtherOutput>>;
  /** Of the input, instead of `precision`. */
  readonly inputType?: "uint8";
  /** Gives a picture that is all black no rows; of an output `[1, rows, values]`. */
  readonly varies?: boolean;
  /** Name of a second input, `[1, 2]`, with which the output's numbers are multiplied, four by four. */
  readonly sizeInput?: string;
  /** Lists weights among the inputs, as old files do. */
  readonly listsWeights?: boolean;
  /** Of the file. @default {7} */
  readonly irVersion?: number;
  /** By domain. @default {{ "": 13 }} */
  readonly opsets?: Readonly<Record<string, number>>;
  /** Numbers that each run makes on the way, and forgets. */
  readonly bloat?: number;
  /** They are an output, too. */
  readonly showsBloat?: boolean;
  /** Says that the weights are in another file. */
  readonly isExternal?: boolean;
}

/** Another output, of numbers that are always the same. */
export interface OtherOutput {
  readonly shape: readonly number[];
  /** Default: noughts. */
  readonly numbers?: Float32Array;
  readonly declared?: readonly (number | string)[];
  readonly type?: "int64";
  /** What they go through last. */
  readonly activation?: "Sigmoid" | "Softmax";
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
const UINT8 = 2;
const INT64 = 7;
const FLOAT16 = 10;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** The bytes of a model that gives `numbers` for every picture. */
export function buildOnnx(spec: OnnxSpec): Uint8Array<ArrayBuffer> {
  const { input, output, numbers, inputName = "images", outputName = "output" } = spec;
  const { precision = "float32", others = {}, sizeInput } = spec;
  const elemType = precision === "float16" ? FLOAT16 : FLOAT;
  const inputType = spec.inputType === "uint8" ? UINT8 : elemType;
  const valueInfo = (name: string, shape: readonly (number | string)[], type = elemType) => ({
    name,
    type: { tensorType: { elemType: type, shape: { dim: shape.map(dimension) } } },
  });
  const external = spec.isExternal && {
    dataLocation: 1,
    externalData: [{ key: "location", value: "w" }],
  };
  const tensor = (name: string, dims: readonly number[], values: Float32Array) => ({
    name,
    dims,
    dataType: elemType,
    rawData: bytesOf(values, precision),
    ...external,
  });
  const whole = (name: string, dims: readonly number[], values: readonly number[]) => ({
    name,
    dims,
    dataType: INT64,
    rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  });
  // (mean of the picture × 0) + numbers: the picture is used, and changes nothing.
  const axes = input.map((_, axis) => axis).slice(input.length === 4 ? 1 : 0);
  const nodes = [
    { opType: "Cast", input: [inputName], output: ["picture"], attribute: [int("to", elemType)] },
    {
      opType: "ReduceMean",
      input: ["picture"],
      output: ["mean"],
      attribute: [ints("axes", axes), int("keepdims", 0)],
    },
    { opType: "Mul", input: ["mean", "zero"], output: ["nothing"] },
    { opType: "Add", input: ["nothing", "numbers"], output: ["made"] },
  ];
  const weights = [tensor("zero", [1], new Float32Array(1)), tensor("numbers", output, numbers)];
  let last = "made";
  if (spec.bloat !== undefined) {
    weights.push(whole("many", [1], [spec.bloat]));
    nodes.push(
      { opType: "Expand", input: ["nothing", "many"], output: ["bloated"] },
      {
        opType: "ReduceMean",
        input: ["bloated"],
        output: ["small"],
        attribute: [ints("axes", [0]), int("keepdims", 1)],
      },
      { opType: "Add", input: [last, "small"], output: ["thinned"] },
    );
    last = "thinned";
  }
  if (spec.varies) {
    weights.push(whole("count", [1], [output[1]!]));
    nodes.push(
      { opType: "Greater", input: ["mean", "zero"], output: ["isLight"] },
      { opType: "Expand", input: ["isLight", "count"], output: ["chosen"] },
      {
        opType: "Compress",
        input: [last, "chosen"],
        output: ["rows"],
        attribute: [int("axis", 1)],
      },
    );
    last = "rows";
  }
  if (sizeInput !== undefined) {
    nodes.push(
      {
        opType: "Concat",
        input: [sizeInput, sizeInput],
        output: ["sides"],
        attribute: [int("axis", 1)],
      },
      { opType: "Cast", input: ["sides"], output: ["scale"], attribute: [int("to", elemType)] },
      { opType: "Mul", input: [last, "scale"], output: ["scaled"] },
    );
    last = "scaled";
  }
  nodes.push({ opType: "Identity", input: [last], output: [outputName] });
  for (const [name, { shape, numbers, type, activation }] of Object.entries(others)) {
    const values = numbers ?? new Float32Array(shape.reduce((a, b) => a * b, 1));
    const weight = `${name}.numbers`;
    weights.push(
      type === "int64" ? whole(weight, shape, [...values]) : tensor(weight, shape, values),
    );
    nodes.push({ opType: activation ?? "Identity", input: [weight], output: [name] });
  }
  const graph = {
    name: "test",
    node: nodes,
    initializer: weights,
    input: [
      valueInfo(inputName, input, inputType),
      ...(sizeInput === undefined ? [] : [valueInfo(sizeInput, [1, 2], INT64)]),
      ...(spec.listsWeights ? [valueInfo("zero", [1]), valueInfo("numbers", output)] : []),
    ],
    output: [
      valueInfo(outputName, spec.declared ?? output),
      ...(spec.showsBloat ? [valueInfo("bloated", ["many"])] : []),
      ...Object.entries(others).map(([name, { shape, declared, type }]) =>
        valueInfo(name, declared ?? shape, type === "int64" ? INT64 : elemType)
      ),
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

function int(name: string, i: number) {
  return { name, i, type: ATTRIBUTE_INT };
}

function ints(name: string, ints: readonly number[]) {
  return { name, ints, type: ATTRIBUTE_INTS };
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
