import manifest from "../deno.json" with { type: "json" };

/** Version of the app, for `--version`, health documents and bug reports. */
export const APP_VERSION: string = manifest.version;
