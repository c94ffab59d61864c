// SPDX-License-Identifier: Apache-2.0
// The nouns of the REST API, as src/http/openapi.json describes them.

export interface Session {
    user: string;
    csrf: string;
    expires: string;
}

export interface Progress {
    place: string;
    done: number;
    total: number;
    bytes: number;
}

export type RunState = 'running' | 'done' | 'partial' | 'failed' | 'cancelled';

export interface Run {
    id: number;
    account_id: number | null;
    account: string | null;
    kind: 'mirror' | 'collect' | 'restore' | 'import';
    state: RunState;
    started: string;
    finished: string | null;
    seconds: number;
    counts: {
        new: number;
        stored: number;
        flag_changes: number;
        vanished: number;
        deleted_from_server: number;
        bytes: number;
        appended: number;
        already_there: number;
        failed: number;
    };
    error: string | null;
    hint: string | null;
    pause: { until: string; reason: string } | null;
    progress: Progress | null;
}

export interface Account {
    id: number;
    name: string;
    /** null: no server yet, imported mail only */
    url: string | null;
    protocol: 'imap' | 'pop3';
    schedule: string;
    delete_from_server: string;
    messages: number;
    size: number;
    last_run: Run | null;
    next_run: string | null;
    needs_a_look: Loss[];
    watching: Watching;
    proven: RestoreProof | null;
}

/** How the service follows an account between two runs. */
export interface Watching {
    state: 'off' | 'watching' | 'waiting' | 'stopped';
    since: string | null;
    next_try: string | null;
    problem: string | null;
}

/** Much that is missing at once; mailbox null: the whole account. */
export interface Loss {
    mailbox: string | null;
    lost: number;
    held: number;
    found_at: string;
    accepted_at: string | null;
}

export interface NewImport {
    account: string;
    upload: string;
    mailbox?: string;
}

export interface ServerReport {
    capabilities: string[];
    mailboxes: string[];
    messages: number | null;
}

export interface Mailbox {
    id: number;
    account: string;
    name: string;
    delimiter: string | null;
    is_gone: boolean;
    messages: number;
    unread: number;
    size: number;
    completeness: Completeness | null;
    quarantined: { uid: number; reason: string; since: string }[];
}

/** on_server = archived + quarantined + to_come */
export interface Completeness {
    at: string;
    on_server: number;
    archived: number;
    quarantined: number;
    to_come: number;
}

export interface ListedMessage {
    id: string;
    date: string;
    from: string;
    to: string;
    subject: string;
    size: number;
    account: string;
    mailbox: string;
    flags: string[];
    attachments: string[];
    is_gone: boolean;
    /** Of its text, where most of what was searched for stands. */
    snippet: { text: string; is_hit: boolean }[];
}

export interface Part {
    number: number;
    content_type: string;
    file_name: string | null;
    size: number;
    is_attachment: boolean;
}

export interface Placement {
    account: string;
    mailbox: string;
    uid: number;
    flags: string[];
    labels: string[];
    internal_date: string;
    seen_at: string;
    gone_at: string | null;
    receipt: { run: number; proof: 'none' | 'read_back' | 'replicated' } | null;
}

/** A search that is being typed, completed. */
export interface Completion {
    query: string;
    label: string;
}

export interface Message {
    id: string;
    date: string;
    from: string;
    to: string;
    cc: string;
    bcc: string;
    subject: string;
    size: number;
    header: { name: string; value: string }[];
    /** "encrypted" or "signed", then "(PGP)" or "(S/MIME)" */
    protection: string | null;
    text: string;
    parts: Part[];
    placements: Placement[];
}

export interface Chore {
    at: string;
    problem: string | null;
}

/** The last restore drill without a fault. */
export interface RestoreProof {
    at: string;
    messages: number;
    returned_at: string | null;
    target: string | null;
}

export interface Health {
    packs: number;
    packs_checked: number;
    oldest_check: string | null;
    damaged_packs: { pack: string; finding: string; messages: number; checked_at: string | null }[];
    damaged_messages: { id: string; what: string; found_at: string; known: string | null }[];
    unindexed: number;
    troubled_attachments: Record<string, number>;
    proven: RestoreProof | null;
    journals: Chore | null;
    retention: Chore | null;
    replica: Chore | null;
}

export interface Status {
    accounts: Account[];
    messages: number;
    placements: number;
    bytes: number;
    size_on_disk: number;
    health: Health;
}

export interface List<Item> {
    items: Item[];
    next: string | null;
}

export interface MessagePage extends List<ListedMessage> {
    total: number;
    total_is_exact: boolean;
}

export interface Server {
    url: string;
    password: string;
    tls_fingerprint?: string;
}

export interface NewAccount extends Server {
    name: string;
    schedule: string;
    delete_from_server: string;
}

/** To a server, or to the one of an account, which logs in there itself. */
export interface NewRestore extends Partial<Server> {
    to_account?: number;
    query?: string;
    account?: string;
    mailboxes?: string[];
    as_of?: string;
    prefix?: string;
    dry_run?: boolean;
}

/** One mailbox of the target. */
export interface MailboxRestore {
    name: string;
    sources: { account: string; mailbox: string }[];
    remark: string | null;
    is_created: boolean;
    to_append: number;
    bytes: number;
    already_there: number;
    appended: number;
    failed: number;
    cannot_go: { id: string; reason: string }[];
    altered: { what: string; messages: number }[];
    problem: string | null;
    identical: number;
    differing: number;
}

/** What a restore is going to do, and what came of it. */
export interface RestoreReport {
    mailboxes: MailboxRestore[];
    free_bytes: number | null;
    append_limit: number | null;
    exceeds_quota: boolean;
    is_verified: boolean;
}
