import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_SERVER_CAMERAS } from "@/protocol";
import { type CameraSpec, MAX_SOURCE_CHARS, parseCameras, withoutSecrets } from "./camera_spec.ts";

const kinds = (...texts: string[]) =>
  parseCameras(texts).map(({ name, kind, source }) => `${name} ${kind} ${source}`);

Deno.test("parseCameras() reads every form, and several a text", () => {
  assert.deepEqual(
    kinds(
      "ball",
      "door=rtsp://user:pa=ss@192.168.1.9/stream1\n\n# the street\nclip=./street day.mp4\r\n",
      "usb=/dev/video0",
      "by-path=/dev/v4l/by-path/pci-0000:00:14.0-video-index0",
      "yard=whep:http://127.0.0.1:1984/api/webrtc?src=yard",
      "safe=rtsps://cam.example:322/",
      "disk=C:\\clips\\a.mp4",
      "demo=ball",
      "marked=boxes:door",
    ),
    [
      "ball scene ",
      "door rtsp rtsp://user:pa=ss@192.168.1.9/stream1",
      "clip file ./street day.mp4",
      "usb usb /dev/video0",
      "by-path usb /dev/v4l/by-path/pci-0000:00:14.0-video-index0",
      "yard whep http://127.0.0.1:1984/api/webrtc?src=yard",
      "safe rtsp rtsps://cam.example:322/",
      "disk file C:\\clips\\a.mp4",
      "demo scene ",
      "marked boxes door",
    ],
  );
  assert.deepEqual(parseCameras([]), []);
});

Deno.test("parseCameras() refuses what cannot be used, in words, and without what may be secret", () => {
  const refused: [string, RegExp][] = [
    ["rtsp://user:hunter2@host/", /needs a name/],
    ["door", /door has no source/],
    ["Door=x.mp4", /name is/],
    ["-x=x.mp4", /name is/],
    ["=x.mp4", /name is/],
    [`${"a".repeat(33)}=x.mp4`, /name is/],
    ["door=", /is empty/],
    ["door=-f", /begins with -/],
    ["door=a\tb", /control character/],
    [`door=${"a".repeat(MAX_SOURCE_CHARS + 1)}`, /longer than/],
    ["door=rtsp://", /no address/],
    ["door=rtsp:hunter2", /no address/],
    ["door=rtsp://u:hunter2@ho st/", /no address/],
    ["door=whep:file:///etc/passwd", /no address/],
    ["door=http://u:hunter2@host/x.m3u8", /http: is no source/],
    ["door=concat:a|b", /concat: is no source/],
    ["door=pipe:0", /pipe: is no source/],
    ["door=file:hunter2", /file: is no source/],
    ["door=boxes:door", /into a camera that this server does not read/],
    ["door=boxes:gone", /into a camera that this server does not read/],
  ];
  for (const [text, reason] of refused) {
    assert.throws(() => parseCameras([text]), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, reason, text);
      assert.ok(!error.message.includes("hunter2"));
      return true;
    });
  }
  assert.throws(() => parseCameras(["a=x.mp4", "a=y.mp4"]), /two cameras named a/);
  const many = Array.from({ length: MAX_SERVER_CAMERAS + 1 }, (_, n) => `c${n}=x.mp4`);
  assert.throws(() => parseCameras(many), /There may be 16 cameras, not 17/);
});

Deno.test("withoutSecrets() leaves protocol and host of an address, whoever wrote it", () => {
  const spec = (source: string) => ({ name: "door", kind: "rtsp", source }) as CameraSpec;
  const door = spec("rtsp://admin:hunter2@192.168.1.9:554/live?token=s3cret%21");
  assert.equal(
    withoutSecrets("[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized", door),
    "[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized",
  );
  assert.equal(withoutSecrets(`${door.source}: refused`, door), "(its address): refused");
  assert.equal(
    withoutSecrets("open rtsp://admin:hunter2@10.0.0.1/x?a=b' failed", door),
    "open rtsp://10.0.0.1/…' failed",
  );
  for (const secret of ["hunter2", "admin", "s3cret!", "s3cret%21"]) {
    assert.ok(!withoutSecrets(`says ${secret}.`, door).includes(secret), secret);
  }
});

Deno.test("withoutSecrets() never lets a password through, whatever it is and wherever it stands", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9!$&*+,;=.~%@:-]{6,20}$/);
  fc.assert(fc.property(word, word, fc.constantFrom("", ":554"), (user, password, port) => {
    const enc = encodeURIComponent;
    const source = `rtsp://${enc(user)}:${enc(password)}@192.0.2.7${port}/s?pw=${enc(password)}`;
    const [spec] = parseCameras([`door=${source}`]);
    for (const line of [source, `'${source}': no`, `${password}`, `Basic ${enc(password)}`]) {
      const text = withoutSecrets(line, spec!);
      assert.ok(!text.includes(password) && !text.includes(enc(password)), `${line} → ${text}`);
    }
  }));
});
