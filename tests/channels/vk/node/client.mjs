// A bot on vk-io, as it is: it says on its standard output what comes to it, a JSON line each, and answers a few words.
// node client.mjs polling|webhook API_URL TOKEN GROUP [PORT SECRET CONFIRMATION]
import http from 'node:http';
import { VK, Keyboard } from 'vk-io';

const [transport, apiUrl, token, group, port, secret, confirmation] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const vk = new VK({
    token,
    apiBaseUrl: `${apiUrl}/method`,
    apiLimit: 20,
    agent,
    pollingGroupId: Number(group),
    webhookSecret: secret,
    webhookConfirmation: confirmation,
});

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const PHOTO = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);

const ANSWERS = {
    async photo(context) {
        await context.sendPhotos({ value: PHOTO });
    },
    async document(context) {
        await context.sendDocuments({ value: Buffer.from('%PDF'), filename: 'bill.pdf', contentType: 'application/pdf' });
    },
    async keyboard(context) {
        const buttons = [1, 2, 3, 4, 5].map((score) => Keyboard.callbackButton({ label: String(score), payload: { score } }));
        await context.send('rate', { keyboard: Keyboard.keyboard([buttons]).inline() });
    },
    async reply(context) {
        await context.reply('this one');
    },
    async many(context) {
        const sent = await vk.api.messages.send({ peer_ids: [context.peerId, 7], random_id: 42, message: 'to both' });
        say({ sent });
    },
    async error(context) {
        try {
            await vk.api.messages.send({ peer_id: 8, random_id: 1, message: 'nobody' });
        } catch (error) {
            say({ code: error.code, peer: error.params.find(({ key }) => key === 'peer_id').value });
        }
    },
};

vk.updates.on('message_new', async (context) => {
    const attachments = context.attachments.map(String);
    say({ type: 'message_new', text: context.text, sender: context.senderId, attachments, geo: context.hasGeo });
    const [user] = await vk.api.users.get({ user_ids: [context.senderId] });
    await context.setActivity();
    await (ANSWERS[context.text]?.(context) ?? context.send(`${user.first_name}: ${context.text}`));
});
vk.updates.on('message_event', async (context) => {
    say({ type: 'message_event', payload: context.eventPayload });
    await context.answer({ type: 'show_snackbar', text: 'thanks' });
});
const TOLD = ['message_reply', 'message_edit', 'message_allow', 'message_deny', 'message_typing_state'];
vk.updates.on(TOLD, (context) => {
    say({ type: context.subTypes.find((type) => TOLD.includes(type)), text: context.text });
});

if (transport === 'polling') {
    await vk.updates.startPolling();
} else {
    await vk.updates.startWebhook({ host: '127.0.0.1', port: Number(port), path: '/vk' });
}
say({ type: 'ready' });
process.stdin.on('end', () => process.exit()).resume();
