package dev.lockstep.fabric.config;

/**
 * How blocks are cut. Bytes are those of payload and signature of the envelopes.
 *
 * @param maxMessages envelopes in a block, at least one
 * @param absoluteMaxBytes no envelope may be larger
 * @param preferredMaxBytes a block is cut before the envelope that would take it above; a larger
 *     envelope is alone in its block; not above the absolute maximum
 * @param timeoutMicros how long the first envelope of a block waits for others; positive
 */
public record BatchLimits(
    long maxMessages, long absoluteMaxBytes, long preferredMaxBytes, long timeoutMicros) {}
