package dev.lockstep.replica;

import dev.lockstep.api.Snapshot;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.storage.CheckpointManifest;
import dev.lockstep.storage.CheckpointReader;
import dev.lockstep.storage.CheckpointReceiver;
import dev.lockstep.storage.CheckpointStore;
import dev.lockstep.storage.CheckpointWriter;
import dev.lockstep.storage.LogException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the protocol core wants of checkpoints; see {@link CheckpointStorage}, and
 * {@link CheckpointEvents} for what it hears of it.
 *
 * <pre>
 *   protocol loop        asks, and hears of what came of it
 *   service thread       fixes the state between two batches; takes up that of others
 *   checkpoint thread    streams states to storage, publishes, drops, stores pieces
 *   reader thread        reads pieces for others; shared with the reading of old decisions
 * </pre>
 *
 * <p>Methods belong to the protocol loop unless they say otherwise. A disk that fails stops the
 * replica, and so does a service that cannot write its state; but not a disk that cannot take the
 * state of others, whose size others have chosen.
 */
final class CheckpointHost {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointHost.class);

  private final int self;
  private final CheckpointStore store;
  private final ReplicaCounters counters;
  private final Executor reader;
  private final Executor protocol;
  private final CheckpointEvents events;
  private final ReadBack readBack;
  private final Consumer<String> onFatal;
  private final ExecutorService thread;

  /** Those that are being taken, and those that are complete but not published. */
  private final Map<Long, Taking> takings = new HashMap<>();

  /** Instance of the checkpoint that is being received, or 0. */
  private long receiving;

  /** On the checkpoint thread; and on the service's while it takes up what was received. */
  private volatile CheckpointReceiver receiver;

  /** On the reader thread. */
  private final Map<Long, CheckpointReader> open = new HashMap<>();

  private volatile boolean ended;

  /**
   * @param threads makes the checkpoint thread
   * @param reader runs what reads for others, one at a time
   * @param readBack judges the checkpoints that are taken
   * @param protocol the protocol loop, on which the events are told
   * @param onFatal stops the replica; any thread
   */
  CheckpointHost(
      int self,
      CheckpointStore store,
      ReplicaCounters counters,
      ThreadFactory threads,
      Executor reader,
      Executor protocol,
      CheckpointEvents events,
      ReadBack readBack,
      Consumer<String> onFatal) {
    this.self = self;
    this.store = store;
    this.counters = counters;
    this.reader = reader;
    this.protocol = protocol;
    this.events = events;
    this.readBack = readBack;
    this.onFatal = onFatal;
    thread = Executors.newSingleThreadExecutor(threads);
  }

  private interface DiskTask {
    void run() throws IOException;
  }

  /** Does something on the checkpoint thread. */
  private void later(String what, DiskTask task) {
    thread.execute(
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            LOG.error("replica {}: {} failed", self, what, e);
            onFatal.accept(what + " failed: " + e);
          }
        });
  }

  static Checkpoint checkpoint(CheckpointManifest manifest) {
    return new Checkpoint(
        manifest.instance(), manifest.head(), manifest.totalBytes(), manifest.pieces());
  }

  /** A checkpoint from the moment at which it is wanted until it is published or given up. */
  final class Taking {
    private final long instance;

    /** When the state was fixed, for the log. */
    private long since;

    private volatile boolean givenUp;

    // On the checkpoint thread.
    private CheckpointWriter writer;

    /** The service has written its whole state: only then is this a checkpoint. */
    private boolean written;

    private boolean published;

    private Taking(long instance) {
      this.instance = instance;
    }

    long instance() {
      return instance;
    }

    /** The service has fixed its state. On the service's thread. */
    void onFixed(Snapshot snapshot) {
      since = System.nanoTime();
      later("writing the checkpoint at instance " + instance, () -> write(snapshot));
    }

    private void write(Snapshot snapshot) throws IOException {
      try (snapshot) {
        if (givenUp || ended) {
          return;
        }
        writer = store.begin(instance);
        Content content = new Content(this, writer.content());
        try {
          snapshot.writeTo(content);
          written = true;
        } catch (Throwable e) {
          // Whatever it was, half a state must be found by nobody, nor the log be cut behind it.
          if (givenUp || ended) {
            discard();
          } else if (content.failure != null) {
            throw content.failure;
          } else {
            discard();
            LOG.error(
                "replica {} instance {}: the service cannot write its state", self, instance, e);
            onFatal.accept(
                "the service cannot write its state of instance "
                    + instance
                    + " to a checkpoint: "
                    + e);
          }
        }
      }
    }

    private void complete(Bytes head, boolean provisional) throws IOException {
      if (givenUp || ended || !written) {
        return;
      }
      CheckpointManifest manifest = writer.complete(head);
      try (CheckpointReader content = writer.read()) {
        readBack.check(content);
      }
      if (!provisional) {
        writer.publish();
        published = true;
      }
      LOG.info(
          "replica {} instance {}: took a checkpoint of {} bytes in {} ms",
          self,
          instance,
          manifest.totalBytes(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
      protocol.execute(
          () -> {
            if (provisional ? takings.get(instance) == this : takings.remove(instance, this)) {
              events.onCheckpointed(checkpoint(manifest));
            }
          });
    }

    private void discard() throws IOException {
      if (published) {
        // Before its taker heard of it.
        store.release(instance);
      } else if (writer != null) {
        writer.close();
      }
    }
  }

  /** Where the service writes; ends early when nobody wants the checkpoint any more. */
  private final class Content extends OutputStream {
    private final Taking taking;
    private final OutputStream out;
    private IOException failure;

    Content(Taking taking, OutputStream out) {
      this.taking = taking;
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (taking.givenUp || ended) {
        throw new IOException("the checkpoint is not wanted any more");
      }
      try {
        out.write(bytes, from, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }

  /** A checkpoint is wanted; the service's thread is to call {@link Taking#onFixed}. */
  Taking take(long instance) {
    Taking taking = new Taking(instance);
    takings.put(instance, taking);
    return taking;
  }

  void complete(long instance, Bytes head, boolean provisional) {
    Taking taking = takings.get(instance);
    if (taking != null) {
      later(
          "writing the checkpoint at instance " + instance,
          () -> taking.complete(head, provisional));
    }
  }

  void publish(long instance) {
    Taking taking = takings.remove(instance);
    if (taking == null) {
      receiving = 0;
    }
    later(
        "publishing the checkpoint at instance " + instance,
        () -> {
          if (taking != null) {
            taking.writer.publish();
          } else {
            receiver.publish();
            receiver = null;
          }
          protocol.execute(() -> events.onPublished(instance));
        });
  }

  void release(long instance) {
    Taking taking = takings.remove(instance);
    boolean received = taking == null && receiving == instance;
    if (taking != null) {
      taking.givenUp = true;
    } else if (received) {
      receiving = 0;
    } else {
      reader.execute(() -> close(open.remove(instance)));
    }
    later(
        "dropping the checkpoint at instance " + instance,
        () -> {
          if (taking != null) {
            taking.discard();
          } else if (received) {
            dropReceived();
          } else {
            store.release(instance);
          }
        });
  }

  /** The log is not needed below this instance, and checkpoints of before its predecessor are. */
  void releaseBelow(long below) {
    reader.execute(
        () -> {
          for (long instance : List.copyOf(open.keySet())) {
            if (instance < below - 1) {
              close(open.remove(instance));
            }
          }
        });
    later("dropping old checkpoints", () -> store.releaseBelow(below - 1));
  }

  void read(int requester, long instance, int piece) {
    reader.execute(
        () -> {
          Bytes bytes = piece(instance, piece);
          protocol.execute(() -> events.onPieceRead(requester, instance, piece, bytes));
        });
  }

  /** No bytes if the piece is not there any more, or is damaged. */
  private Bytes piece(long instance, int piece) {
    try {
      CheckpointReader checkpoint = open.get(instance);
      if (checkpoint == null) {
        checkpoint = store.open(instance);
        if (checkpoint == null) {
          return Bytes.EMPTY;
        }
        open.put(instance, checkpoint);
      }
      return new Bytes(checkpoint.piece(piece));
    } catch (IOException e) {
      counters.damagedPiece();
      LOG.error("replica {}: {}", self, e.toString());
      return Bytes.EMPTY;
    }
  }

  private void close(CheckpointReader checkpoint) {
    if (checkpoint != null) {
      try {
        checkpoint.close();
      } catch (IOException e) {
        LOG.warn("replica {}: a checkpoint that was read cannot be closed", self, e);
      }
    }
  }

  void receive(Checkpoint checkpoint) {
    receiving = checkpoint.instance();
    receiveLater(
        checkpoint.instance(),
        "making room for a checkpoint of others",
        () -> {
          CheckpointManifest manifest =
              new CheckpointManifest(
                  checkpoint.instance(),
                  checkpoint.head(),
                  checkpoint.contentBytes(),
                  checkpoint.pieces());
          if (receiver == null || !receiver.manifest().equals(manifest)) {
            CheckpointReceiver before = receiver;
            receiver = null;
            if (before != null) {
              before.close();
            }
            receiver = store.receive(manifest);
          }
          BitSet present = receiver.present();
          protocol.execute(() -> events.onReceiving(checkpoint.instance(), present));
        });
  }

  void store(long instance, int piece, Bytes bytes) {
    receiveLater(
        instance,
        "storing a piece of a checkpoint of others",
        () -> {
          CheckpointReceiver into = receiver;
          if (into == null || into.manifest().instance() != instance) {
            // Given up meanwhile.
            return;
          }
          if (!into.put(piece, bytes.array())) {
            throw new IllegalStateException("piece " + piece + " was verified, but does not fit");
          }
          protocol.execute(() -> events.onPieceStored(instance, piece));
        });
  }

  /**
   * As {@link #later}, for what others have chosen the size of: a disk that cannot take it, or a
   * heap, is no reason to stop. What came of the checkpoint goes, and the core tries another.
   */
  private void receiveLater(long instance, String what, DiskTask task) {
    later(
        what,
        () -> {
          try {
            task.run();
          } catch (IOException | OutOfMemoryError e) {
            LOG.warn("replica {} instance {}: {} failed", self, instance, what, e);
            dropReceived();
            protocol.execute(() -> events.onReceiveFailed(instance));
          }
        });
  }

  /** Nothing of what was received of others stays. On the checkpoint thread. */
  private void dropReceived() throws IOException {
    CheckpointReceiver dropped = receiver;
    receiver = null;
    if (dropped != null) {
      dropped.close();
    }
    store.discardParts();
  }

  /** Takes up a state. */
  interface Restoring {
    /**
     * @throws IOException if the content is no state of the service, or cannot be read
     */
    void from(InputStream content) throws IOException;
  }

  /**
   * Lets the service take up what was received. On the service's thread, when all pieces are there
   * and before the core asks for anything else. Returns whether it could; stops the replica if the
   * disk failed.
   */
  boolean restoreReceived(Restoring service) {
    try (CheckpointReader checkpoint = receiver.read()) {
      return restore(checkpoint, service);
    } catch (IOException e) {
      LOG.error("replica {}: what was received of a checkpoint cannot be read", self, e);
      onFatal.accept("what was received of a checkpoint cannot be read: " + e);
      return false;
    }
  }

  /** False if it is not a state of the service, or damaged. */
  private boolean restore(CheckpointReader checkpoint, Restoring service) throws IOException {
    CheckpointContent content = new CheckpointContent(checkpoint.content());
    long instance = checkpoint.manifest().instance();
    try {
      service.from(content);
      if (content.read() >= 0) {
        LOG.warn(
            "replica {} instance {}: the service did not read the whole state of others",
            self,
            instance);
        return false;
      }
      return true;
    } catch (IOException | RuntimeException e) {
      if (content.failureOrNull() instanceof LogException) {
        counters.damagedPiece();
      } else if (content.failureOrNull() != null) {
        throw content.failureOrNull();
      }
      LOG.warn(
          "replica {} instance {}: the service cannot take up the state of others",
          self,
          instance,
          e);
      return false;
    }
  }

  /** Ends its thread; what is not published is lost. After the protocol loop and the service. */
  void end() throws InterruptedException {
    ended = true;
    reader.execute(
        () -> {
          open.values().forEach(this::close);
          open.clear();
        });
    later(
        "closing",
        () -> {
          if (receiver != null) {
            receiver.close();
          }
        });
    thread.shutdown();
    thread.awaitTermination(10, TimeUnit.SECONDS);
  }

  /** Whether its thread is gone, so that nothing is written any more. Any thread. */
  boolean hasEnded() {
    return thread.isTerminated();
  }
}
