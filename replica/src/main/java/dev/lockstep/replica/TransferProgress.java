package dev.lockstep.replica;

import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.transfer.TransferStatus;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log how a state transfer goes on. On the protocol loop. */
final class TransferProgress {
  private static final Logger LOG = LoggerFactory.getLogger(TransferProgress.class);
  private static final long PERIOD = TimeUnit.SECONDS.toNanos(5);

  private final int self;
  private boolean running;
  private boolean proved;
  private long since;
  private long nextLine;
  private long bytes;

  TransferProgress(int self) {
    this.self = self;
  }

  boolean isRunning() {
    return running;
  }

  void onEvent(Event event, int peer, long lastDelivered) {
    switch (event) {
      case TRANSFER_BEGUN -> {
        running = true;
        proved = false;
        bytes = 0;
        since = System.nanoTime();
        nextLine = since + PERIOD;
        LOG.info(
            "replica {} instance {}: the logs of others do not reach back to it; takes the state"
                + " of others",
            self,
            lastDelivered);
      }
      case TRANSFER_INSTALLED ->
          LOG.info(
              "replica {}: took up the state of others after {} ms; it is compared with more of"
                  + " them before it counts",
              self,
              millis());
      case TRANSFER_BLAMED ->
          LOG.warn("replica {}: replica {} gave a wrong part or hash of its state", self, peer);
      case TRANSFER_DONE -> proved = true;
      default -> {
        // Nothing that belongs to a transfer.
      }
    }
  }

  void onPiece(int length) {
    bytes += length;
  }

  /** To be called now and then while it runs. */
  void look(TransferStatus now, long lastDelivered) {
    if (now.phase() == TransferStatus.Phase.NONE) {
      running = false;
      LOG.info(
          "replica {} instance {}: {} after {} ms; {} bytes of its service's state were received",
          self,
          lastDelivered,
          proved ? "has the state of others" : "needs the state of others no more",
          millis(),
          bytes);
    } else if (System.nanoTime() >= nextLine) {
      nextLine = System.nanoTime() + PERIOD;
      LOG.info(
          "replica {} instance {}: state transfer of instance {} from replica {}: {}, {} of {}"
              + " pieces, {} bytes in {} ms",
          self,
          lastDelivered,
          now.instance(),
          now.source(),
          now.phase().name().toLowerCase(Locale.ROOT),
          now.piecesDone(),
          now.pieces(),
          bytes,
          millis());
    }
  }

  private long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }
}
