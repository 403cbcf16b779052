package dev.lockstep.protocol.replica.checkpoint;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import java.util.List;

/** A checkpoint that is durable here. */
final class KeptCheckpoint {
  final long instance;

  /** The protocol's part of the state, whole. */
  final Bytes state;

  final Manifest manifest;
  final Digest hash;
  final List<Certificate> certificates;

  /** When somebody asked for a piece of it last, in microseconds. */
  long askedAt = Long.MIN_VALUE / 2;

  KeptCheckpoint(Bytes state, Manifest manifest, List<Certificate> certificates) {
    this.instance = manifest.instance();
    this.state = state;
    this.manifest = manifest;
    this.hash = manifest.hash();
    this.certificates = certificates;
  }
}
