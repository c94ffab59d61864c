// SPDX-License-Identifier: Apache-2.0
// The page in a real browser, on a real service, with the demo's private mail server:
//
//     MAILKEEP_BINARY=build/release/mailkeep npm run e2e
//
// MAILKEEP_CHROMIUM names another browser than /usr/bin/chromium; MAILKEEP_SCREENSHOTS a folder for
// pictures of what was seen. Exit code 77: a program it needs is not installed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const binary = process.env.MAILKEEP_BINARY;
const browserPath = process.env.MAILKEEP_CHROMIUM ?? '/usr/bin/chromium';
const pictures = process.env.MAILKEEP_SCREENSHOTS;
const source = fileURLToPath(new URL('../..', import.meta.url));

for (const program of [binary ?? 'MAILKEEP_BINARY', browserPath, '/usr/sbin/dovecot']) {
    if (!existsSync(program)) {
        console.error(`skipped: ${program} is not there`);
        process.exit(77);
    }
}

const desk = { width: 1360, height: 850 };
const folder = mkdtempSync(join(tmpdir(), 'mailkeep-page-'));
chmodSync(folder, 0o755); // Dovecot serves mail as another user
const children = [];

function start(command, ...parameters) {
    const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return child;
}

async function end(child) {
    if (child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
}

/** The demo's mail server: NAME='value' lines once it is ready. */
async function startMailServer() {
    const state = join(folder, 'demo');
    start('python3', '-B', join(source, 'deploy/demo/server.py'), state);
    const file = join(state, 'server.env');
    for (let i = 0; i < 300 && !existsSync(file); i += 1) await pause(100);
    accessSync(file);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const values = Object.fromEntries(
        lines.map((line) => line.split('=', 2).map((part) => part.replace(/^'|'$/g, ''))),
    );
    const url = new URL(values.DEMO_IMAP_URL);
    return {
        host: url.hostname,
        port: url.port,
        user: url.username,
        password: readFileSync(values.DEMO_PASSWORD_FILE, 'utf8'),
        fingerprint: await fingerprintOf(url.hostname, Number(url.port)),
    };
}

async function fingerprintOf(host, port) {
    const { connect } = await import('node:tls');
    const socket = connect({ host, port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
}

async function startService() {
    const data = join(folder, 'data');
    const [code] = await once(spawn(binary, ['init', '--data', data]), 'exit');
    assert.equal(code, 0);
    const service = start(binary, 'serve', '--data', data, '--listen', '127.0.0.1:0', '--json');
    const [line] = await once(createInterface(service.stdout), 'line');
    return JSON.parse(line);
}

/** In light, in dark, and on a telephone. */
async function picture(page, name) {
    if (!pictures) return;
    const take = (kind) => page.screenshot({ path: join(pictures, `${name}${kind}.png`) });
    await take('');
    await page.emulateMedia({ colorScheme: 'dark' });
    await take('-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 800 });
    await take('-narrow');
    await page.setViewportSize(desk);
}

async function fillServer(scope, server, user) {
    await scope.getByLabel('Server', { exact: true }).fill(server.host);
    await scope.getByLabel('Port').fill(server.port);
    await scope.getByLabel('User name').fill(user);
    await scope.getByLabel('Password').fill(server.password);
    await scope.getByText('More', { exact: true }).click();
    await scope.getByLabel('Certificate fingerprint').fill(server.fingerprint);
}

async function setUp(page, service) {
    await page.goto(service.url);
    await page.getByRole('heading', { name: 'Welcome to Mailkeep' }).waitFor();
    await picture(page, 'set-up');
    await page.getByLabel('One-time code').fill('XXXX-XXXX-XXXX');
    await page.getByLabel('User name').fill('mara');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Make this user' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('One-time code').fill(service.setup_code);
    await page.getByRole('button', { name: 'Make this user' }).click();
    await page.getByRole('heading', { name: 'No account yet' }).waitFor();
}

async function addAccount(page, server) {
    await page.getByRole('button', { name: 'Add account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('home');
    await fillServer(dialog, { ...server, password: 'wrong' }, server.user);
    await dialog.getByRole('button', { name: 'Test connection' }).click();
    await dialog.getByRole('alert').waitFor({ timeout: 30_000 });
    await dialog.getByLabel('Password').fill(server.password);
    await dialog.getByRole('button', { name: 'Test connection' }).click();
    await dialog.getByText(/It works: \d+ mailboxes/).waitFor({ timeout: 30_000 });
    await picture(page, 'add-account');
    await dialog.getByLabel('Back up').selectOption('manual');
    await dialog.getByRole('button', { name: 'Add account' }).click();
    await dialog.waitFor({ state: 'detached' });
}

async function backUp(page) {
    await page.getByRole('button', { name: 'Back up home now' }).click();
    await page.getByText(/\d+ new messages/).waitFor({ timeout: 60_000 });
    await picture(page, 'accounts');
}

/** The search index follows the archive, with the text of attachments. */
async function searchable(page) {
    const missing = () => page.evaluate(async () => (await (await fetch('api/v1/stats')).json()).health.unindexed);
    for (let i = 0; i < 300 && (await missing()) > 0; i += 1) await pause(200);
    assert.equal(await missing(), 0);
}

async function readMail(page) {
    await searchable(page);
    await page.getByRole('link', { name: 'Open mail' }).click();
    await page.getByRole('navigation', { name: 'Folders' }).getByText('INBOX').waitFor();
    await page.getByRole('combobox', { name: 'Search' }).fill('has:attachment');
    await page.keyboard.press('Enter');
    const rows = page.locator('.rows a');
    await page.getByText(/^\d+ messages?$/).waitFor();
    await rows.nth(1).waitFor();
    await rows.nth(1).click();
    await page.getByRole('heading', { name: 'Attachments' }).waitFor();
    await picture(page, 'message');
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: /Download original/ }).click(),
    ]);
    const octets = readFileSync(await download.path(), 'utf8');
    assert.match(octets, /^Subject: /m);
    await page.getByRole('combobox', { name: 'Search' }).fill('from:exam');
    await page.locator('#completions option').first().waitFor({ state: 'attached' });
    await page.getByRole('combobox', { name: 'Search' }).fill('from:(');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.getByRole('combobox', { name: 'Search' }).fill('');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor({ state: 'detached' });
    const folders = page.getByRole('navigation', { name: 'Folders' });
    await folders.getByRole('link', { name: /Summer cabin/ }).click();
    await page.getByText('8 messages', { exact: true }).waitFor();
    await rows.nth(2).click();
    await page.getByRole('heading', { level: 2, name: /./ }).last().waitFor();
    await page.getByText('Where it stood').click();
    await picture(page, 'mail');
    await folders.getByRole('link', { name: 'home', exact: true }).click();
}

/** Deletes all mail of the account on the server. */
async function emptyAccount(server) {
    const { connect } = await import('node:tls');
    const socket = connect({ host: server.host, port: Number(server.port), rejectUnauthorized: false });
    const lines = createInterface(socket)[Symbol.asyncIterator]();
    let tag = 0;
    async function ask(command) {
        tag += 1;
        socket.write(`${tag} ${command}\r\n`);
        const answers = [];
        for (;;) {
            const { value } = await lines.next();
            if (!value.startsWith(`${tag} `)) answers.push(value);
            else if (value.startsWith(`${tag} OK`)) return answers;
            else throw new Error(value);
        }
    }
    await ask(`LOGIN ${server.user} "${server.password}"`);
    for (const line of await ask('LIST "" *')) {
        const name = /^\* LIST \((?!.*\\Noselect).*\) \S+ (.+)$/i.exec(line)?.[1];
        if (!name) continue;
        await ask(`SELECT ${name}`);
        await ask('STORE 1:* +FLAGS.SILENT (\\Deleted)').catch(() => []); // an empty one says BAD
        await ask('EXPUNGE');
    }
    await ask('LOGOUT');
    socket.destroy();
}

async function compareWithServer(page) {
    await page.getByText('What is on the server, and what is here').click();
    await page.getByText('Every message on the server is archived.').waitFor();
    const row = page.getByRole('row', { name: /^INBOX / });
    const [onServer, archived] = await row.getByRole('cell').allTextContents();
    assert.equal(archived, onServer);
    assert.notEqual(archived, '0');
    await picture(page, 'complete');
}

/** All mail goes at once: the account needs a look, and a click says that it was meant. */
async function lookAtLosses(page, server) {
    await page.getByRole('link', { name: 'Accounts' }).click();
    await emptyAccount(server);
    await page.getByRole('button', { name: 'Back up home now' }).click();
    await page.getByText(/shows none of the \d+ messages/).waitFor({ timeout: 60_000 });
    await picture(page, 'losses');
    await page.getByRole('button', { name: 'The messages of home were deleted' }).click();
    await page.getByText(/^Accepted:/).waitFor();
    await page.getByRole('button', { name: 'Back up home now' }).click();
    await page.getByText(/gone from the server, kept here/).waitFor({ timeout: 60_000 });
    await page.getByText(/^Accepted:/).waitFor({ state: 'detached' });
}

async function restore(page, server) {
    await page.getByRole('button', { name: 'Restore…' }).click();
    const dialog = page.getByRole('dialog');
    await fillServer(dialog, server, 'restored');
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    await dialog.getByRole('cell', { name: /^INBOX/ }).waitFor({ timeout: 60_000 });
    await dialog.getByText(/^[1-9]\d* would be sent, 0 already there/).waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
    await dialog.getByText(/^[1-9]\d* sent, 0 already there/).waitFor({ timeout: 60_000 });
    await picture(page, 'restore');
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    await dialog.getByText(/^0 would be sent, [1-9]\d* already there/).waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'Close' }).click();
}

async function signOut(page) {
    await page.getByRole('combobox', { name: 'Language' }).selectOption('fr');
    await page.getByRole('button', { name: 'Se déconnecter' }).click();
    await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    await picture(page, 'sign-in');
}

let browser;
try {
    const server = await startMailServer();
    const service = await startService();
    browser = await chromium.launch({
        executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync',
            '--disable-background-networking', '--disable-component-update'],
    });
    const page = await browser.newPage({ locale: 'en', viewport: desk });
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await setUp(page, service);
    await addAccount(page, server);
    await backUp(page);
    await compareWithServer(page);
    await readMail(page);
    await restore(page, server);
    await lookAtLosses(page, server);
    await signOut(page);
    assert.deepEqual(complaints, []);
    console.log('the page works');
} finally {
    await browser?.close();
    for (const child of children.reverse()) await end(child);
    rmSync(folder, { recursive: true, force: true });
}
