// One adapter for each player: open(url, on) plays a stream in the video element and
// returns close() and latency(). on.screen says 'ad' or 'content', on.quality a
// height, on.session the URL of a manifest, on.failed why it gave up.
'use strict';

const adURL = /\/(v1\/segment|v1\/dashsegment|tm)\//;
// The Period of an ad is named after its avail and its place in the pod.
const adPeriod = /^\d+_\d+$/;

const players = {
  'hls.js': {
    plays: (url) => url.includes('.m3u8') && window.Hls && Hls.isSupported(),
    open(url, video, on) {
      const hls = new Hls({ liveSyncDurationCount: 3 });
      hls.on(Hls.Events.LEVEL_LOADED, (_, data) => on.session(data.details.url));
      hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => {
        on.screen(adURL.test(frag.url) ? 'ad' : 'content');
        on.quality(hls.levels[frag.level]?.height);
      });
      hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) on.failed(data.details); });
      hls.loadSource(url);
      hls.attachMedia(video);
      return { close: () => hls.destroy(), latency: () => hls.latency };
    },
  },
  'dash.js': {
    plays: (url) => url.includes('.mpd') && window.dashjs,
    open(url, video, on) {
      const player = dashjs.MediaPlayer().create();
      player.on('manifestLoaded', ({ data }) => on.session(data.url || ''));
      player.on('periodSwitchCompleted', ({ toStreamInfo }) => on.screen(adPeriod.test(toStreamInfo.id) ? 'ad' : 'content'));
      player.on('qualityChangeRendered', ({ mediaType, newRepresentation }) => {
        if (mediaType === 'video') on.quality(newRepresentation?.height);
      });
      player.on('error', ({ error }) => on.failed(error.message || error));
      player.initialize(video, url, true);
      return { close: () => player.destroy(), latency: () => player.isReady() && player.isDynamic() && player.getCurrentLiveLatency() };
    },
  },
  'shaka-player': {
    plays: () => window.shaka && shaka.Player.isBrowserSupported(),
    open(url, video, on) {
      const player = new shaka.Player();
      const failed = (error) => { if (error.severity === 2) on.failed(`shaka error ${error.code}`); };
      player.addEventListener('error', ({ detail }) => failed(detail));
      const look = () => {
        const track = player.getVariantTracks().find((t) => t.active);
        const stream = player.getManifest()?.variants[0]?.video;
        const index = stream?.segmentIndex;
        const at = index?.find(video.currentTime);
        if (track) on.quality(track.height);
        if (at != null) on.screen(adURL.test(index.get(at).getUris()[0]) ? 'ad' : 'content');
        on.session(player.getAssetUri() || '');
      };
      player.getNetworkingEngine()?.registerResponseFilter((type, response) => {
        if (type === shaka.net.NetworkingEngine.RequestType.MANIFEST) on.session(response.uri);
      });
      const timer = setInterval(look, 250);
      player.attach(video).then(() => player.load(url)).catch(failed);
      return {
        close: () => { clearInterval(timer); player.destroy(); },
        latency: () => player.isLive() && (Date.now() - player.getPlayheadTimeAsDate()?.getTime()) / 1000,
      };
    },
  },
};
