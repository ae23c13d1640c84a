/* @ts-self-types="./vision.d.ts" */

/**
 * Follows objects by what is seen; see [`follow::Follower`].
 */
export class Follower {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        FollowerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_follower_free(ptr, 0);
    }
    /**
     * Keeps a small picture of the frame in the frame buffer.
     * @param {number} width_px
     * @param {number} height_px
     * @param {number} offset
     * @param {number} stride
     * @param {number} quarter_turns
     * @param {number} time_ms
     */
    addFrame(width_px, height_px, offset, stride, quarter_turns, time_ms) {
        const ret = wasm.follower_addFrame(this.__wbg_ptr, width_px, height_px, offset, stride, quarter_turns, time_ms);
        if (ret[1]) {
            throw takeFromExternrefTable0(ret[0]);
        }
    }
    /**
     * Takes in the first `count` detections of the input.
     * @param {number} count
     * @param {number} time_ms
     * @returns {boolean}
     */
    addResult(count, time_ms) {
        const ret = wasm.follower_addResult(this.__wbg_ptr, count, time_ms);
        return ret !== 0;
    }
    /**
     * Writes the objects down; gives how many there are.
     * @returns {number}
     */
    collect() {
        const ret = wasm.follower_collect(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * How often an object was not brought to a frame before the next one came.
     * @returns {number}
     */
    get fallenBack() {
        const ret = wasm.follower_fallenBack(this.__wbg_ptr);
        return ret;
    }
    /**
     * Makes room for a frame; gives its address. Valid until a larger frame is asked for.
     * @param {number} bytes
     * @returns {number}
     */
    frameAddress(bytes) {
        const ret = wasm.follower_frameAddress(this.__wbg_ptr, bytes);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * Address of the input: eight f32 a detection, for as many as are looked at. Never moves.
     * @returns {number}
     */
    get inputAddress() {
        const ret = wasm.follower_inputAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Makes a follower without pictures.
     * @param {boolean} simd
     */
    constructor(simd) {
        const ret = wasm.follower_new(simd);
        this.__wbg_ptr = ret;
        FollowerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Address of the objects that were last written down: twelve f32 each. Never moves.
     * @returns {number}
     */
    get objectsAddress() {
        const ret = wasm.follower_objectsAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Forgets every object.
     */
    resetObjects() {
        wasm.follower_resetObjects(this.__wbg_ptr);
    }
    /**
     * Forgets every picture and object.
     */
    reset() {
        wasm.follower_reset(this.__wbg_ptr);
    }
    /**
     * Does about `matches` comparisons; gives whether more are to be done.
     * @param {number} matches
     * @returns {boolean}
     */
    step(matches) {
        const ret = wasm.follower_step(this.__wbg_ptr, matches);
        return ret !== 0;
    }
}
if (Symbol.dispose) Follower.prototype[Symbol.dispose] = Follower.prototype.free;

/**
 * The model head; see [`head::HeadSpec`].
 */
export class HeadSpec {
    static __wrap(ptr) {
        const obj = Object.create(HeadSpec.prototype);
        obj.__wbg_ptr = ptr;
        HeadSpecFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        HeadSpecFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_headspec_free(ptr, 0);
    }
    /**
     * Says what the next `values` numbers of a box are, in the tensor begun last.
     * @param {Part} part
     * @param {number} values
     */
    addPart(part, values) {
        const ret = wasm.headspec_addPart(this.__wbg_ptr, (__wbindgen_enum_Part.indexOf(part) + 1 || 9) - 1, values);
        if (ret[1]) {
            throw takeFromExternrefTable0(ret[0]);
        }
    }
    /**
     * Begins the next tensor. A head of grids has one, and takes no other.
     */
    addTensor() {
        wasm.headspec_addTensor(this.__wbg_ptr);
    }
    /**
     * A head whose boxes the graph has worked out; its tensors' parts are added one by one.
     * @param {BoxFormat} format
     * @param {BoxUnit} unit
     * @param {HeadLayout} layout
     * @param {Activation} activation
     * @param {boolean} thinned
     * @param {number} boxes
     * @param {Uint32Array | number[]} class_ids
     * @returns {HeadSpec}
     */
    static boxes(format, unit, layout, activation, thinned, boxes, class_ids) {
        const val2 = +thinned;
        const val3 = +boxes;
        const ptr0 = passArray32ToWasm0(class_ids, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.headspec_boxes((__wbindgen_enum_BoxFormat.indexOf(format) + 1 || 4) - 1, (__wbindgen_enum_BoxUnit.indexOf(unit) + 1 || 3) - 1, (__wbindgen_enum_HeadLayout.indexOf(layout) + 1 || 3) - 1, (__wbindgen_enum_Activation.indexOf(activation) + 1 || 4) - 1, val2, val3, ptr0, len0);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return HeadSpec.__wrap(ret[0]);
    }
    /**
     * A head of grids. `strides` in px, in the order of the head; empty for 8, 16, 32.
     * @param {GridKind} kind
     * @param {number} classes
     * @param {Uint32Array | number[]} strides
     * @returns {HeadSpec}
     */
    static grid(kind, classes, strides) {
        const val2 = +classes;
        const ptr0 = passArray32ToWasm0(strides, wasm.__wbindgen_malloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.headspec_grid((__wbindgen_enum_GridKind.indexOf(kind) + 1 || 4) - 1, val2, ptr0, len0);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return HeadSpec.__wrap(ret[0]);
    }
}
if (Symbol.dispose) HeadSpec.prototype[Symbol.dispose] = HeadSpec.prototype.free;

/**
 * The model input; see [`spec::InputSpec`].
 */
export class InputSpec {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        InputSpecFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_inputspec_free(ptr, 0);
    }
    /**
     * `mean` and `std` must have three numbers each.
     * @param {number} width_px
     * @param {number} height_px
     * @param {InputLayout} layout
     * @param {Placement} placement
     * @param {number} pad
     * @param {ChannelOrder} order
     * @param {Float32Array | number[]} mean
     * @param {Float32Array | number[]} std
     */
    constructor(width_px, height_px, layout, placement, pad, order, mean, std) {
        const val3 = +width_px;
        const val4 = +height_px;
        const val5 = +pad;
        let ptr0, len0, ptr1, len1;
        try {
            ptr0 = passArrayF32ToWasm0(mean, wasm.__wbindgen_malloc);
            len0 = WASM_VECTOR_LEN;
            ptr1 = passArrayF32ToWasm0(std, wasm.__wbindgen_malloc);
            len1 = WASM_VECTOR_LEN;
        } catch (e) {
            if (ptr1) { wasm.__wbindgen_free(ptr1, len1 * 4, 4); }
            if (ptr0) { wasm.__wbindgen_free(ptr0, len0 * 4, 4); }
            throw e;
        }
        const ret = wasm.inputspec_new(val3, val4, (__wbindgen_enum_InputLayout.indexOf(layout) + 1 || 3) - 1, (__wbindgen_enum_Placement.indexOf(placement) + 1 || 4) - 1, val5, (__wbindgen_enum_ChannelOrder.indexOf(order) + 1 || 3) - 1, ptr0, len0, ptr1, len1);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        InputSpecFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
}
if (Symbol.dispose) InputSpec.prototype[Symbol.dispose] = InputSpec.prototype.free;

/**
 * The buffers and arithmetic of one model; see [`pipeline::Pipeline`].
 */
export class Pipeline {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        PipelineFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_pipeline_free(ptr, 0);
    }
    /**
     * Address of the class mask: one byte a class, 1 at first. Never moves.
     * @returns {number}
     */
    get classMaskAddress() {
        const ret = wasm.pipeline_classMaskAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Decodes the head buffer; gives the number of candidates.
     * @param {number} score_threshold
     * @returns {number}
     */
    decode(score_threshold) {
        const ret = wasm.pipeline_decode(this.__wbg_ptr, score_threshold);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * Address of the detections: six f32 each. Never moves.
     * @returns {number}
     */
    get detectionsAddress() {
        const ret = wasm.pipeline_detectionsAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Makes room for a frame; gives its address. Valid until a larger frame is asked for.
     * @param {number} bytes
     * @returns {number}
     */
    frameAddress(bytes) {
        const ret = wasm.pipeline_frameAddress(this.__wbg_ptr, bytes);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * Address of the head buffer: f32, the head's tensors one after another. Never moves.
     * @returns {number}
     */
    get headAddress() {
        const ret = wasm.pipeline_headAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Of each of the head's tensors four numbers: where it begins in the head buffer (f32), most
     * boxes, values of a box, 1 if they lie box after box.
     * @returns {Uint32Array}
     */
    get headTensors() {
        const ret = wasm.pipeline_headTensors(this.__wbg_ptr);
        var v1 = getArrayU32FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Makes room for a JPEG file; gives its address. Valid until a larger file is asked for.
     * @param {number} bytes
     * @returns {number}
     */
    jpegAddress(bytes) {
        const ret = wasm.pipeline_jpegAddress(this.__wbg_ptr, bytes);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * Writes the frame buffer into the tensor.
     * @param {PixelFormat} format
     * @param {number} width_px
     * @param {number} height_px
     * @param {number} plane_count
     * @param {ColorMatrix} matrix
     * @param {ColorRange} range
     */
    letterbox(format, width_px, height_px, plane_count, matrix, range) {
        const ret = wasm.pipeline_letterbox(this.__wbg_ptr, (__wbindgen_enum_PixelFormat.indexOf(format) + 1 || 8) - 1, width_px, height_px, plane_count, (__wbindgen_enum_ColorMatrix.indexOf(matrix) + 1 || 3) - 1, (__wbindgen_enum_ColorRange.indexOf(range) + 1 || 3) - 1);
        if (ret[1]) {
            throw takeFromExternrefTable0(ret[0]);
        }
    }
    /**
     * Makes every buffer but the frame's.
     * @param {InputSpec} input
     * @param {HeadSpec} head
     * @param {boolean} simd
     */
    constructor(input, head, simd) {
        _assertClass(input, InputSpec);
        _assertClass(head, HeadSpec);
        const ret = wasm.pipeline_new(input.__wbg_ptr, head.__wbg_ptr, simd);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        PipelineFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Thins the candidates out; gives the number of detections.
     * @param {number} iou_threshold
     * @param {number} max_detections
     * @returns {number}
     */
    nms(iou_threshold, max_detections) {
        const ret = wasm.pipeline_nms(this.__wbg_ptr, iou_threshold, max_detections);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * Decodes the JPEG into the frame buffer, as RGB without gaps between the rows; gives width and
     * height, px.
     * @param {number} max_side_px
     * @returns {Uint32Array}
     */
    readJpeg(max_side_px) {
        const ret = wasm.pipeline_readJpeg(this.__wbg_ptr, max_side_px);
        if (ret[3]) {
            throw takeFromExternrefTable0(ret[2]);
        }
        var v1 = getArrayU32FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Decodes the JPEG, PNG or WebP in the room for a JPEG into the frame buffer, as RGB without gaps
     * between the rows, upright; gives width and height, px, and EXIF's orientation.
     * @param {number} max_side_px
     * @returns {Uint32Array}
     */
    readPicture(max_side_px) {
        const ret = wasm.pipeline_readPicture(this.__wbg_ptr, max_side_px);
        if (ret[3]) {
            throw takeFromExternrefTable0(ret[2]);
        }
        var v1 = getArrayU32FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Says where plane `index` lies, for the [`Pipeline::letterbox`] that follows. Indices past the
     * last plane of any format are left out: the plane count tells.
     * @param {number} index
     * @param {number} offset
     * @param {number} stride
     */
    setPlane(index, offset, stride) {
        wasm.pipeline_setPlane(this.__wbg_ptr, index, offset, stride);
    }
    /**
     * See [`pipeline::Pipeline::set_rows`].
     * @param {number} rows
     */
    setRows(rows) {
        wasm.pipeline_setRows(this.__wbg_ptr, rows);
    }
    /**
     * Address of the tensor: f32, `3 · height · width`. Never moves.
     * @returns {number}
     */
    get tensorAddress() {
        const ret = wasm.pipeline_tensorAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
}
if (Symbol.dispose) Pipeline.prototype[Symbol.dispose] = Pipeline.prototype.free;

/**
 * Scales frames to RGBA pictures; see [`scaler::Scaler`].
 */
export class Scaler {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        ScalerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_scaler_free(ptr, 0);
    }
    /**
     * Makes room for a frame; gives its address. Valid until a larger frame is asked for.
     * @param {number} bytes
     * @returns {number}
     */
    frameAddress(bytes) {
        const ret = wasm.scaler_frameAddress(this.__wbg_ptr, bytes);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * Makes a scaler without buffers.
     * @param {boolean} simd
     */
    constructor(simd) {
        const ret = wasm.scaler_new(simd);
        this.__wbg_ptr = ret;
        ScalerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Scales the frame buffer; gives the address of the picture: RGBA8, `4 · height · width`. Valid
     * until a larger one is asked for.
     * @param {PixelFormat} format
     * @param {number} width_px
     * @param {number} height_px
     * @param {number} plane_count
     * @param {ColorMatrix} matrix
     * @param {ColorRange} range
     * @param {number} target_width_px
     * @param {number} target_height_px
     * @returns {number}
     */
    scale(format, width_px, height_px, plane_count, matrix, range, target_width_px, target_height_px) {
        const ret = wasm.scaler_scale(this.__wbg_ptr, (__wbindgen_enum_PixelFormat.indexOf(format) + 1 || 8) - 1, width_px, height_px, plane_count, (__wbindgen_enum_ColorMatrix.indexOf(matrix) + 1 || 3) - 1, (__wbindgen_enum_ColorRange.indexOf(range) + 1 || 3) - 1, target_width_px, target_height_px);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        return ret[0] >>> 0;
    }
    /**
     * As [`Pipeline::set_plane`](super::pipeline::Pipeline::set_plane), for the [`Scaler::scale`] that follows.
     * @param {number} index
     * @param {number} offset
     * @param {number} stride
     */
    setPlane(index, offset, stride) {
        wasm.scaler_setPlane(this.__wbg_ptr, index, offset, stride);
    }
}
if (Symbol.dispose) Scaler.prototype[Symbol.dispose] = Scaler.prototype.free;

/**
 * Follows objects; see [`tracker::Tracker`].
 */
export class Tracker {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        TrackerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_tracker_free(ptr, 0);
    }
    /**
     * Address of the ids: one u32 a detection, 0 for none. Never moves.
     * @returns {number}
     */
    get idsAddress() {
        const ret = wasm.tracker_idsAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Address of the input: six f32 a detection, for as many as are looked at. Never moves.
     * @returns {number}
     */
    get inputAddress() {
        const ret = wasm.tracker_inputAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * See [`TrackerOptions`].
     * @param {number} max_lost_ms
     * @param {number} min_iou
     * @param {number} weak_min_iou
     */
    constructor(max_lost_ms, min_iou, weak_min_iou) {
        const ret = wasm.tracker_new(max_lost_ms, min_iou, weak_min_iou);
        if (ret[2]) {
            throw takeFromExternrefTable0(ret[1]);
        }
        this.__wbg_ptr = ret[0];
        TrackerFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Forgets every object.
     */
    reset() {
        wasm.tracker_reset(this.__wbg_ptr);
    }
    /**
     * Takes in the first `count` detections of the input.
     * @param {number} count
     * @param {number} score_threshold
     * @param {number} time_ms
     */
    update(count, score_threshold, time_ms) {
        const ret = wasm.tracker_update(this.__wbg_ptr, count, score_threshold, time_ms);
        if (ret[1]) {
            throw takeFromExternrefTable0(ret[0]);
        }
    }
    /**
     * Address of the velocities: four f32 a detection. Never moves.
     * @returns {number}
     */
    get velocitiesAddress() {
        const ret = wasm.tracker_velocitiesAddress(this.__wbg_ptr);
        return ret >>> 0;
    }
}
if (Symbol.dispose) Tracker.prototype[Symbol.dispose] = Tracker.prototype.free;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg___wbindgen_throw_4c88d8bf264fd984: function(arg0, arg1) {
            throw new Error(getStringFromWasm0(arg0, arg1));
        },
        __wbg_new_787b9fb330d55d78: function(arg0, arg1) {
            const ret = new Error(getStringFromWasm0(arg0, arg1));
            return ret;
        },
        __wbg_set_2793479888329cb6: function() { return handleError(function (arg0, arg1, arg2) {
            const ret = Reflect.set(arg0, arg1, arg2);
            return ret;
        }, arguments); },
        __wbindgen_generic_0000000000000001: function(arg0, arg1) {
            // Cast intrinsic for `Ref(String) -> Externref`.
            const ret = getStringFromWasm0(arg0, arg1);
            return ret;
        },
        __wbindgen_init_externref_table: function() {
            const table = wasm.__wbindgen_externrefs;
            table.set(0, undefined);
            table.set(1024, undefined);
            table.set(1025, null);
            table.set(1026, true);
            table.set(1027, false);
        },
    };
    return {
        __proto__: null,
        "./vision_bg.js": import0,
    };
}

const __wbindgen_enum_Activation = ["none", "sigmoid", "softmax"];


const __wbindgen_enum_BoxFormat = ["cxcywh", "xyxy", "yxyx"];


const __wbindgen_enum_BoxUnit = ["px", "share"];


const __wbindgen_enum_ChannelOrder = ["rgb", "bgr"];


const __wbindgen_enum_ColorMatrix = ["bt601", "bt709"];


const __wbindgen_enum_ColorRange = ["limited", "full"];


const __wbindgen_enum_GridKind = ["yolox", "ltrb", "nanodet"];


const __wbindgen_enum_HeadLayout = ["rows", "columns"];


const __wbindgen_enum_InputLayout = ["nchw", "nhwc"];


const __wbindgen_enum_Part = ["box", "angle", "objectness", "scores", "score", "class", "count", "skipped"];


const __wbindgen_enum_PixelFormat = ["RGBA", "RGBX", "BGRA", "BGRX", "I420", "NV12", "RGB"];


const __wbindgen_enum_Placement = ["center", "top-left", "stretch"];
const FollowerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_follower_free(ptr, 1));
const HeadSpecFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_headspec_free(ptr, 1));
const InputSpecFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_inputspec_free(ptr, 1));
const PipelineFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_pipeline_free(ptr, 1));
const ScalerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_scaler_free(ptr, 1));
const TrackerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_tracker_free(ptr, 1));

function addToExternrefTable0(obj) {
    const idx = wasm.__externref_table_alloc();
    wasm.__wbindgen_externrefs.set(idx, obj);
    return idx;
}

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
}

function getArrayU32FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint32ArrayMemory0().subarray(ptr / 4, ptr / 4 + len);
}

let cachedFloat32ArrayMemory0 = null;
function getFloat32ArrayMemory0() {
    if (cachedFloat32ArrayMemory0 === null || cachedFloat32ArrayMemory0.byteLength === 0) {
        cachedFloat32ArrayMemory0 = new Float32Array(wasm.memory.buffer);
    }
    return cachedFloat32ArrayMemory0;
}

function getStringFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}

let cachedUint32ArrayMemory0 = null;
function getUint32ArrayMemory0() {
    if (cachedUint32ArrayMemory0 === null || cachedUint32ArrayMemory0.byteLength === 0) {
        cachedUint32ArrayMemory0 = new Uint32Array(wasm.memory.buffer);
    }
    return cachedUint32ArrayMemory0;
}

let cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
    if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
        cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
    }
    return cachedUint8ArrayMemory0;
}

function handleError(f, args) {
    try {
        return f.apply(this, args);
    } catch (e) {
        const idx = addToExternrefTable0(e);
        wasm.__wbindgen_exn_store(idx);
    }
}

function passArray32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getUint32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArrayF32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getFloat32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function takeFromExternrefTable0(idx) {
    const value = wasm.__wbindgen_externrefs.get(idx);
    wasm.__externref_table_dealloc(idx);
    return value;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
const MAX_SAFARI_DECODE_BYTES = 2146435072;
let numBytesDecoded = 0;
function decodeText(bytes) {
    numBytesDecoded += bytes.length;
    if (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {
        cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
        cachedTextDecoder.decode();
        numBytesDecoded = bytes.length;
    }
    return cachedTextDecoder.decode(bytes);
}

let WASM_VECTOR_LEN = 0;

let wasmModule, wasmInstance, wasm;
function __wbg_finalize_init(instance, module) {
    wasmInstance = instance;
    wasm = instance.exports;
    wasmModule = module;
    cachedFloat32ArrayMemory0 = null;
    cachedUint32ArrayMemory0 = null;
    cachedUint8ArrayMemory0 = null;
    wasm.__wbindgen_start();
    return wasm;
}

async function __wbg_load(module, imports) {
    if (typeof Response === 'function' && module instanceof Response) {
        if (!module.ok) {
            throw new Error(`failed to fetch Wasm: ${module.status} ${module.statusText} fetching '${module.url}'`);
        }

        if (typeof WebAssembly.instantiateStreaming === 'function') {
            try {
                return await WebAssembly.instantiateStreaming(module, imports);
            } catch (e) {
                const validResponse = expectedResponseType(module.type);

                if (validResponse && module.headers.get('Content-Type') !== 'application/wasm') {
                    console.warn("`WebAssembly.instantiateStreaming` failed because your server does not serve Wasm with `application/wasm` MIME type. Falling back to `WebAssembly.instantiate` which is slower. Original error:\n", e);

                } else { throw e; }
            }
        }

        const bytes = await module.arrayBuffer();
        return await WebAssembly.instantiate(bytes, imports);
    } else {
        const instance = await WebAssembly.instantiate(module, imports);

        if (instance instanceof WebAssembly.Instance) {
            return { instance, module };
        } else {
            return instance;
        }
    }

    function expectedResponseType(type) {
        switch (type) {
            case 'basic': case 'cors': case 'default': return true;
        }
        return false;
    }
}

function initSync(module) {
    if (wasm !== undefined) return wasm;


    if (module !== undefined) {
        if (Object.getPrototypeOf(module) === Object.prototype) {
            ({module} = module)
        } else {
            console.warn('using deprecated parameters for `initSync()`; pass a single object instead')
        }
    }

    const imports = __wbg_get_imports();
    if (!(module instanceof WebAssembly.Module)) {
        module = new WebAssembly.Module(module);
    }
    const instance = new WebAssembly.Instance(module, imports);
    return __wbg_finalize_init(instance, module);
}

let __wbg_init_promise;
async function __wbg_init(module_or_path) {
    if (wasm !== undefined) return wasm;
    if (__wbg_init_promise === undefined) {
        __wbg_init_promise = __wbg_init_once(module_or_path);
        __wbg_init_promise.catch(() => { __wbg_init_promise = undefined; });
    }
    return __wbg_init_promise;
}

async function __wbg_init_once(module_or_path) {

    if (module_or_path !== undefined) {
        if (Object.getPrototypeOf(module_or_path) === Object.prototype) {
            ({module_or_path} = module_or_path)
        } else {
            console.warn('using deprecated parameters for the initialization function; pass a single object instead')
        }
    }


    const imports = __wbg_get_imports();

    if (typeof module_or_path === 'string' || (typeof Request === 'function' && module_or_path instanceof Request) || (typeof URL === 'function' && module_or_path instanceof URL)) {
        module_or_path = fetch(module_or_path);
    }

    const { instance, module } = await __wbg_load(await module_or_path, imports);

    return __wbg_finalize_init(instance, module);
}

export { initSync, __wbg_init as default };
