package dev.lockstep.sql.tpcc;

import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.bench.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/** Somebody at a terminal of a warehouse, who runs one transaction after the other. */
final class Terminal {
  private static final int DECK = 23;
  private static final int PAUSE_MAX_MILLIS = 32;
  private static final int RECONNECT_PAUSE_MILLIS = 200;

  private final Database database;
  private final Options options;
  private final Draw draw;
  private final int number;
  private final int warehouse;
  private final long measureNanos;
  private final long endNanos;
  private final Measurement measurement = new Measurement();
  private Connection connectionOrNull;
  private Statements statements;
  private int payments;
  private int[] deck = new int[0];
  private int card;

  /**
   * @param measureNanos when the measurement begins
   * @param endNanos when it ends, and all work with it
   */
  Terminal(Database database, Options options, int number, long measureNanos, long endNanos) {
    this.database = database;
    this.options = options;
    this.number = number;
    this.measureNanos = measureNanos;
    this.endNanos = endNanos;
    warehouse = number % options.scale().warehouses() + 1;
    draw = new Draw(options.scale(), options.seed() * 1_000_003 + number);
  }

  Measurement run() throws InterruptedException {
    try {
      while (System.nanoTime() < endNanos) {
        Kind kind = nextKind();
        if (options.think()) {
          pause(kind.keyingSeconds() * 1000L);
        }
        if (System.nanoTime() < endNanos) {
          run(work(kind));
        }
        if (options.think()) {
          // Thinking takes longer the rarer it is, up to ten times the mean.
          double factor = Math.min(10, -Math.log(1 - draw.unit()));
          pause((long) (kind.thinkSeconds() * 1000L * factor));
        }
      }
      return measurement;
    } finally {
      disconnect();
    }
  }

  private void pause(long millis) throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
    Thread.sleep(Math.max(0, Math.min(millis, left)));
  }

  private Kind nextKind() {
    if (card == deck.length) {
      deck = draw.permutation(DECK);
      card = 0;
    }
    int drawn = deck[card++];
    for (Kind kind : Kind.values()) {
      drawn -= kind.cards();
      if (drawn <= 0) {
        return kind;
      }
    }
    throw new IllegalStateException("the deck has more cards than kinds have");
  }

  private Work work(Kind kind) {
    Scale scale = options.scale();
    return switch (kind) {
      case NEW_ORDER -> NewOrder.draw(draw, scale, warehouse);
      case PAYMENT ->
          Payment.draw(
              draw,
              scale,
              warehouse,
              Long.toString(options.seed(), 36) + "-" + number + "-" + payments++);
      case ORDER_STATUS -> OrderStatus.draw(draw, warehouse);
      case DELIVERY -> Delivery.draw(draw, warehouse);
      case STOCK_LEVEL ->
          StockLevel.draw(
              draw, warehouse, number / options.scale().warehouses() % Scale.DISTRICTS + 1);
    };
  }

  /** Runs a transaction until it is committed, or fails for another reason than a conflict. */
  private void run(Work work) throws InterruptedException {
    Measurement.OfKind measured = measurement.kinds.get(work.kind());
    long begin = System.nanoTime();
    for (int attempt = 0; ; attempt++) {
      try {
        boolean commit = attempt(work);
        if (counts(begin)) {
          long end = System.nanoTime();
          measured.latencyMicros.recordValue(Measurement.micros(begin, end));
          measured.committed += commit ? 1 : 0;
          measured.rolledBack += commit ? 0 : 1;
        }
        return;
      } catch (SQLException e) {
        boolean alive = rollBack(e);
        if (!SqlStates.isRetry(e) || !alive) {
          failed(measured, begin, e);
          return;
        }
        measured.retries += counts(begin) ? 1 : 0;
      }
      if (System.nanoTime() >= endNanos) {
        return;
      }
      Thread.sleep(draw.number(0, Math.min(PAUSE_MAX_MILLIS, 1 << Math.min(attempt, 10))));
    }
  }

  private boolean counts(long begin) {
    return begin >= measureNanos && System.nanoTime() < endNanos;
  }

  private boolean attempt(Work work) throws SQLException {
    connect();
    if (connectionOrNull.isReadOnly() != work.kind().isReadOnly()) {
      connectionOrNull.setReadOnly(work.kind().isReadOnly());
    }
    if (!work.run(statements)) {
      connectionOrNull.rollback();
      return false;
    }
    long begin = System.nanoTime();
    connectionOrNull.commit();
    if (begin >= measureNanos) {
      measurement
          .kinds
          .get(work.kind())
          .commitMicros
          .recordValue(Measurement.micros(begin, System.nanoTime()));
    }
    return true;
  }

  private void connect() throws SQLException {
    if (connectionOrNull == null) {
      connectionOrNull = database.connect();
      statements = new Statements(connectionOrNull);
    }
  }

  /** Whether the connection can still be used. */
  private boolean rollBack(SQLException cause) {
    if (connectionOrNull == null) {
      return false;
    }
    try {
      if (!SqlStates.isBroken(cause)) {
        connectionOrNull.rollback();
        return true;
      }
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
    disconnect();
    return false;
  }

  private void failed(Measurement.OfKind measured, long begin, SQLException e)
      throws InterruptedException {
    if (counts(begin)) {
      measured.failed++;
    }
    if (measurement.failureOrNull == null) {
      measurement.failureOrNull = e.getSQLState() + ": " + e.getMessage();
    }
    if (connectionOrNull == null) {
      Thread.sleep(RECONNECT_PAUSE_MILLIS);
    }
  }

  private void disconnect() {
    try {
      if (connectionOrNull != null) {
        connectionOrNull.close();
      }
    } catch (SQLException e) {
      // The run is over, or the connection was broken before.
      measurement.failureOrNull =
          measurement.failureOrNull == null ? e.getMessage() : measurement.failureOrNull;
    }
    connectionOrNull = null;
  }
}
