/** What the editor's settings `http.…` say of a proxy. */
export interface ProxySettings {
  /** `http.proxy`; empty for none. */
  readonly proxy: string | undefined;
  /** `http.noProxy`. */
  readonly noProxy: readonly string[] | undefined;
  /** `http.proxySupport`; by `off`, extensions use none of these. */
  readonly support: string | undefined;
}

const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];

/**
 * The settings as variables, which Cairn and programs like rclone go by: the proxy of the settings counts before that of
 * the environment, and both pass over what `NO_PROXY` or `http.noProxy` names.
 */
export function proxyVariables(
  environment: Readonly<Record<string, string | undefined>>,
  { proxy, noProxy = [], support }: ProxySettings,
): Record<string, string | undefined> {
  if (support === 'off') return {};
  const passedOver = [environment['NO_PROXY'] || environment['no_proxy'], ...noProxy].filter(Boolean).join(',');
  return {
    ...(noProxy.length > 0 && { NO_PROXY: passedOver, no_proxy: passedOver }),
    ...(proxy &&
      Object.fromEntries(
        names.flatMap((name) => [
          [name, proxy],
          [name.toLowerCase(), proxy],
        ]),
      )),
  };
}
