// A live HLS origin of a third party: eyevinn-channel-engine, which makes a
// channel of VOD assets whose playlists carry ad markers. Environment: PORT, and
// ASSETS, the URLs of multivariant playlists, separated by blanks.
'use strict';

const http = require('node:http');
const net = require('node:net');

// restify 8 sets a property that has become read-only since Node 18.
Object.defineProperty(http.IncomingMessage.prototype, 'closed', { value: undefined, writable: true, configurable: true });

// The engine has no option for the address it listens on: loopback it is.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, ...rest.filter((r) => typeof r === 'function'));
};

const ChannelEngine = require('eyevinn-channel-engine');

const assets = process.env.ASSETS.split(' ');
let next = 0;

const assetManager = {
  getNextVod: async () => {
    const id = next++;
    return { id, title: `asset ${id % assets.length}`, uri: assets[id % assets.length] };
  },
};

// The channel's ladder is that of the first asset.
async function ladder() {
  const text = await (await fetch(assets[0])).text();
  return [...text.matchAll(/^#EXT-X-STREAM-INF:(.*)$/gm)].map(([, line]) => ({
    bw: Number(/[:,]BANDWIDTH=(\d+)/.exec(`,${line}`)[1]),
    codecs: /CODECS="([^"]+)"/.exec(line)[1],
    resolution: /RESOLUTION=(\d+)x(\d+)/.exec(line).slice(1).map(Number),
  }));
}

ladder().then((profile) => {
  const engine = new ChannelEngine(assetManager, {
    heartbeat: '/',
    averageSegmentDuration: 2000,
    channelManager: { getChannels: () => [{ id: '1', profile }] },
    noSessionDataTags: true,
    useDemuxedAudio: false,
  });
  engine.start();
  engine.listen(process.env.PORT);
});
