package profile

// second is a second in microseconds.
const second = int64(1_000_000)

// FrameSize is the number of samples in an AAC frame (ISO/IEC 14496-3).
const FrameSize = 1024

// Rate is the number of units of the rendition in a second.
func (s *Spec) Rate() Ratio {
	if s.Video != nil {
		return s.Video.Rate
	}
	return s.SoundRate()
}

// SoundRate is the number of audio frames in a second.
func (s *Spec) SoundRate() Ratio { return Ratio{Num: int64(s.CodedRate()), Den: FrameSize} }

// CodedRate is the rate that the rendition's audio is coded at. HE-AAC codes
// half of what it puts out, and the headers of its frames say so: in transport
// streams and packed audio, where players make their decoder's configuration
// from these headers, ads must have the same ones (hls.js doubles the rate of
// all it finds in a rendition of CODECS mp4a.40.5).
func (s *Spec) CodedRate() int {
	if s.Audio.Codec == "mp4a.40.5" && s.Container != FMP4 {
		return s.Audio.SampleRate / 2
	}
	return s.Audio.SampleRate
}
