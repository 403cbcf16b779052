package dev.lockstep.fabric.deliver;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.broadcast.SeekPlan;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.ledger.StoredBlock;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Deliver stream. Answers one seek after the other, as Fabric's own orderer does: after SUCCESS
 * it takes the next seek, any other status ends the stream. Needs no thread while it waits, and
 * holds one block at a time. Its work is done by {@link #run}, by one thread at a time.
 */
final class DeliverStream implements Budget.Holder {
  private static final Logger LOG = LoggerFactory.getLogger(DeliverStream.class);

  /** Blocks that are sent before other streams get their turn. */
  private static final int TURN = 16;

  private final ServerCallStreamObserver<Wire.Message> call;
  private final ByteString tlsCertificateHashOrNull;
  private final Function<String, Ledger> ledgers;
  private final Access access;
  private final Executor executor;
  private final Budget budget;
  private final Consumer<DeliverStream> onEnd;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Runnable watcher = this::wake;

  // Guarded by this.
  private Ledger watched;
  private Seek seek;
  private boolean clientDone;
  private boolean over;

  /**
   * A seek under way.
   *
   * @param next number of the next block to send
   */
  private record Seek(Ledger ledger, Access.Permission permission, SeekPlan plan, long next) {
    Seek after() {
      return new Seek(ledger, permission, plan, next + 1);
    }
  }

  DeliverStream(
      ServerCallStreamObserver<Wire.Message> call,
      ByteString tlsCertificateHashOrNull,
      Function<String, Ledger> ledgers,
      Access access,
      Executor executor,
      Budget budget,
      Consumer<DeliverStream> onEnd) {
    this.call = call;
    this.tlsCertificateHashOrNull = tlsCertificateHashOrNull;
    this.ledgers = ledgers;
    this.access = access;
    this.executor = executor;
    this.budget = budget;
    this.onEnd = onEnd;
  }

  StreamObserver<byte[]> begin() {
    call.disableAutoRequest();
    call.setOnReadyHandler(this::wake);
    call.setOnCancelHandler(this::onCancelled);
    call.setOnCloseHandler(this::onCancelled);
    call.request(1);
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] request) {
        onRequest(request);
      }

      @Override
      public void onError(Throwable t) {
        onCancelled();
      }

      @Override
      public void onCompleted() {
        synchronized (DeliverStream.this) {
          clientDone = true;
        }
        wake();
      }
    };
  }

  // ---- a request ----------------------------------------------------------------------------

  private synchronized void onRequest(byte[] bytes) {
    if (over) {
      return;
    }
    Status status;
    try {
      status = accept(Envelope.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      status = Status.BAD_REQUEST;
    }
    if (status != Status.SUCCESS) {
      end(status);
      return;
    }
    wake();
  }

  /** SUCCESS if there is a seek to answer now. */
  private Status accept(Envelope envelope) {
    Access.Opened opened = access.open(envelope, tlsCertificateHashOrNull);
    if (opened.status() != Status.SUCCESS) {
      return opened.status();
    }
    Ledger ledger = ledgers.apply(opened.channel());
    if (ledger == null) {
      return Status.NOT_FOUND;
    }
    // Watched before anything is decided, so that no change is missed.
    watch(ledger);
    if (!opened.permission().isGranted()) {
      return Status.FORBIDDEN;
    }
    SeekPlan plan = SeekPlan.of(opened.seek(), ledger.height());
    if (plan.status() == Status.SUCCESS) {
      seek = new Seek(ledger, opened.permission(), plan, plan.start());
    }
    return plan.status();
  }

  private void watch(Ledger ledger) {
    if (watched != ledger) {
      if (watched != null) {
        watched.unwatch(watcher);
      }
      watched = ledger;
      ledger.watch(watcher);
    }
  }

  // ---- sending ------------------------------------------------------------------------------

  /** Something may be possible now that was not before. Any thread. */
  void wake() {
    if (scheduled.compareAndSet(false, true)) {
      try {
        executor.execute(this::run);
      } catch (RejectedExecutionException e) {
        LOG.debug("a stream is woken after the end of its service");
      }
    }
  }

  private synchronized void run() {
    scheduled.set(false);
    if (over) {
      return;
    }
    try {
      for (int i = 0; seek != null; i++) {
        if (i == TURN) {
          wake();
          return;
        }
        if (!call.isReady()) {
          // The handler of readiness wakes us.
          return;
        }
        budget.giveBack(this);
        if (!step()) {
          return;
        }
      }
      if (call.isReady()) {
        budget.giveBack(this);
      }
      if (clientDone && !over) {
        finish();
        call.onCompleted();
      }
    } catch (IOException e) {
      LOG.error("a block cannot be read", e);
      end(Status.INTERNAL_SERVER_ERROR);
    }
  }

  /** Sends the next block or the last status. False if there is nothing to do now. */
  private boolean step() throws IOException {
    Ledger ledger = seek.ledger;
    if (!seek.permission.isGranted()) {
      end(Status.FORBIDDEN);
      return false;
    }
    if (seek.next >= ledger.height()) {
      if (!seek.plan.isWaiting()) {
        end(Status.NOT_FOUND);
      }
      return false;
    }
    StoredBlock block = ledger.block(seek.next);
    byte[] bytes =
        seek.plan.isHeadersOnly() && !block.config() ? block.withoutData() : block.bytes();
    if (!budget.take(this, bytes.length, this::wake)) {
      return false;
    }
    call.onNext(Wire.block(bytes));
    if (seek.next == seek.plan.stop()) {
      seek = null;
      call.onNext(Wire.status(Status.SUCCESS_VALUE));
      call.request(1);
      return true;
    }
    seek = seek.after();
    return true;
  }

  // ---- the end ------------------------------------------------------------------------------

  private void end(Status status) {
    if (over) {
      return;
    }
    finish();
    call.onNext(Wire.status(status.getNumber()));
    call.onCompleted();
  }

  private void onCancelled() {
    synchronized (this) {
      finish();
    }
  }

  @Override
  public void onTooSlow() {
    abort(
        io.grpc.Status.RESOURCE_EXHAUSTED.withDescription(
            "this stream was not read for long while others wait"));
  }

  /** The service ends. */
  void shutDown() {
    abort(io.grpc.Status.UNAVAILABLE.withDescription("the ordering service is shutting down"));
  }

  private void abort(io.grpc.Status status) {
    executor.execute(
        () -> {
          synchronized (this) {
            if (!over) {
              finish();
              call.onError(status.asRuntimeException());
            }
          }
        });
  }

  /** Lets go of everything but the call. */
  private void finish() {
    if (over) {
      return;
    }
    over = true;
    seek = null;
    if (watched != null) {
      watched.unwatch(watcher);
    }
    budget.giveBack(this);
    onEnd.accept(this);
  }
}
