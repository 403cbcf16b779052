// The official Node SDK (fabric-network 2.2) as a client of a frontend, without any peer: it
// broadcasts messages through the SDK's own committer and reads the chain with its own stubs.
//
// node client.js PORT CHANNEL CA_FILE CERTIFICATE_FILE KEY_FILE COUNT
'use strict';

const fs = require('fs');
const crypto = require('crypto');
const { Gateway, Wallets } = require('fabric-network');
const fabproto6 = require('fabric-protos');

async function main() {
  const [port, channelName, caFile, certificateFile, keyFile, count] = process.argv.slice(2);
  const wallet = await Wallets.newInMemoryWallet();
  await wallet.put('user', {
    credentials: {
      certificate: fs.readFileSync(certificateFile, 'utf8'),
      privateKey: fs.readFileSync(keyFile, 'utf8'),
    },
    mspId: 'Org1MSP',
    type: 'X.509',
  });
  const profile = {
    name: 'orderers-only',
    version: '1.0.0',
    client: { organization: 'Org1' },
    organizations: { Org1: { mspid: 'Org1MSP', peers: [] } },
    orderers: {
      orderer: {
        url: `grpcs://localhost:${port}`,
        tlsCACerts: { pem: fs.readFileSync(caFile, 'utf8') },
      },
    },
    channels: { [channelName]: { orderers: ['orderer'], peers: {} } },
  };
  const gateway = new Gateway();
  await gateway.connect(profile, { wallet, identity: 'user', discovery: { enabled: false } });
  const client = gateway.client;
  const user = gateway.identityContext.user;
  const committer = client.getCommitters()[0];
  await committer.checkConnection();

  const envelope = (type, data) => {
    const channelHeader = fabproto6.common.ChannelHeader.encode({
      type,
      version: 1,
      channel_id: channelName,
      timestamp: { seconds: Math.floor(Date.now() / 1000), nanos: 0 },
    }).finish();
    const signatureHeader = fabproto6.common.SignatureHeader.encode({
      creator: user.getIdentity().serialize(),
      nonce: crypto.randomBytes(24),
    }).finish();
    const payload = fabproto6.common.Payload.encode({
      header: { channel_header: channelHeader, signature_header: signatureHeader },
      data,
    }).finish();
    return {
      payload,
      signature: Uint8Array.from(user.getSigningIdentity().sign(Buffer.from(payload))),
    };
  };

  for (let i = 0; i < Number(count); i++) {
    const answer = await committer.sendBroadcast(envelope(0, Buffer.from(`from node ${i}`)), 30000);
    if (answer.status !== 'SUCCESS') {
      throw new Error(`answered ${JSON.stringify(answer)}`);
    }
  }

  const seek = fabproto6.orderer.SeekInfo.encode({
    start: { oldest: {} },
    stop: { specified: { number: Number.MAX_SAFE_INTEGER } },
    behavior: fabproto6.orderer.SeekInfo.SeekBehavior.BLOCK_UNTIL_READY,
  }).finish();
  const found = await new Promise((resolve, reject) => {
    const stream = committer.service.deliver();
    let seen = 0;
    stream.on('data', (response) => {
      if (response.Type !== 'block') {
        reject(new Error(`Deliver answered ${response.status}`));
        return;
      }
      for (const bytes of response.block.data.data) {
        const payload = fabproto6.common.Payload.decode(
          fabproto6.common.Envelope.decode(bytes).payload
        );
        if (Buffer.from(payload.data).toString().startsWith('from node ')) {
          seen++;
        }
      }
      if (seen >= Number(count)) {
        resolve(seen);
        stream.cancel();
      }
    });
    stream.on('error', reject);
    stream.write(envelope(5, seek));
  });
  gateway.disconnect();
  console.log(`ordered and delivered ${found}`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  }
);
