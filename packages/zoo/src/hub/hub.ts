import { fileDownloadInfo, HUB_URL, HubApiError, modelInfo } from "@huggingface/hub";
import type { DownloadIdentity } from "../checkpoints/cache/cache";
import type { CheckpointFiles } from "../checkpoints/files";
import { type DownloadOptions, type Located, remoteFiles } from "../checkpoints/http/files";
import { connectionError, type HttpOptions, Patience, statusError } from "../checkpoints/http/request";
import { CheckpointError, show, throwIfAborted } from "../errors";

export interface HubOptions extends DownloadOptions {
  /** A branch, tag or commit. Default "main"; whatever it is, all files come of the one commit it stands for at the start. */
  readonly revision?: string | undefined;
  readonly accessToken?: string | undefined;
  /** Default https://huggingface.co. */
  readonly hubUrl?: string | undefined;
}

const isId = (text: string): boolean => /^(?!.*\.\.)[\w][\w.-]*(\/[\w][\w.-]*)?$/.test(text);
const isRevision = (text: string): boolean => /^(?!.*(\.\.|\/\/))[\w][\w./-]*$/.test(text);
export const isCommit = (text: unknown): text is string =>
  typeof text === "string" && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);

/** Throws CheckpointError for what cannot be a repository and a revision of it. */
export function expectRepository(id: string, revision: string): void {
  if (!isId(id))
    throw new CheckpointError(
      `hub: a repository must be "owner/name", got ${show(id)}. See https://huggingface.co/fla-hub.`,
    );
  if (!isRevision(revision))
    throw new CheckpointError(
      `hub: revision must be a branch, tag or commit, got ${show(revision)}. See the repository's history.`,
    );
}

/** The files of a Hugging Face repository. */
export function hubFiles(id: string, options: HubOptions = {}): CheckpointFiles {
  const { revision = "main", accessToken, hubUrl = HUB_URL, ...download } = options;
  expectRepository(id, revision);
  const credentials = accessToken === undefined ? {} : { accessToken };
  const headers = { ...download.headers, ...(accessToken && { authorization: `Bearer ${accessToken}` }) };
  const name = `${id}@${revision}`;
  let commit: string | undefined = isCommit(revision) ? revision : undefined;
  return remoteFiles(name, { ...download, headers }, async (path, http) => {
    const common = { ...credentials, hubUrl, fetch: aborting(http) };
    const what = `${name}: ${path}`;
    commit ??= await ask(name, http, async () => {
      const { sha } = await modelInfo({ ...common, name: id, revision, additionalFields: ["sha"] });
      if (isCommit(sha)) return sha;
      throw new CheckpointError(
        `${name}: the hub must name a commit, got ${show(sha)}. Give one as the revision.`,
      );
    });
    const at = commit;
    const info = await ask(what, http, () => fileDownloadInfo({ ...common, repo: id, path, revision: at }));
    if (!info) return undefined;
    const version = info.etag.replace(/^W\//, "").replaceAll('"', "");
    const reference = at === revision ? undefined : revision;
    const named = { kind: "hub", repository: id, revision: at, reference, path } as const;
    const remote = { name: what, url: info.url, size: info.size, version: undefined, ranges: true };
    const identity = { ...named, version, size: info.size, digest: digestOf(version) };
    return { remote, identity } satisfies Located;
  });
}

/** The hub names contents by what they hash to: stored files by SHA-256, others as git does. */
function digestOf(version: string): DownloadIdentity["digest"] {
  if (/^[0-9a-f]{64}$/.test(version)) return { algorithm: "sha256", hex: version };
  if (/^[0-9a-f]{40}$/.test(version)) return { algorithm: "git-sha1", hex: version };
  return undefined;
}

const aborting =
  ({ signal, fetch: get = fetch }: HttpOptions): typeof fetch =>
  (url, init) =>
    get(url, { ...init, ...(signal && { signal }) });

/** Asks the hub until it answers, its errors as ours. */
async function ask<R>(name: string, http: HttpOptions, question: () => Promise<R>): Promise<R> {
  const patience = new Patience(name, http);
  for (;;) {
    throwIfAborted(name, http.signal);
    try {
      return await question();
    } catch (error) {
      await patience.failed(asNetworkError(name, error));
    }
  }
}

function asNetworkError(name: string, error: unknown): unknown {
  if (error instanceof HubApiError) return statusError(name, error.url, error.statusCode);
  // what fetch throws where there is no connection
  return error instanceof TypeError && !/access token/.test(error.message)
    ? connectionError(name, error)
    : error;
}
