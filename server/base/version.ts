/** Version of the app, for footers, health documents and bug reports. */
export const APP_VERSION = "0.1.0";
