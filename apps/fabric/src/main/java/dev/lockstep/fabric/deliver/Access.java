package dev.lockstep.fabric.deliver;

import com.google.protobuf.ByteString;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;

/** Reads requests for blocks, and says who may read what. Safe for any number of threads. */
public interface Access {
  /**
   * Reads a request.
   *
   * @param tlsCertificateHashOrNull SHA-256 of the certificate with which the client connected
   */
  Opened open(Envelope envelope, ByteString tlsCertificateHashOrNull);

  /**
   * A request that was read.
   *
   * @param status SUCCESS, or what to answer at once; then the rest is null
   * @param channel one that is there
   * @param permission asked for before every block, so that a change of the configuration takes
   *     effect on open streams
   */
  record Opened(Status status, String channel, SeekInfo seek, Permission permission) {
    public static Opened refused(Status status) {
      return new Opened(status, null, null, null);
    }
  }

  /** Whether somebody may read now. */
  @FunctionalInterface
  interface Permission {
    boolean isGranted();
  }
}
