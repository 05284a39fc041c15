// Package imported makes the asset of a streaming creative from the renditions of its HLS or
// DASH presentation, whose segments are listed as they are (AdConditioningConfiguration NONE).
package imported
