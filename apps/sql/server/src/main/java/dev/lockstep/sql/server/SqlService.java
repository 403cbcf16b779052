package dev.lockstep.sql.server;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlFailure;
import dev.lockstep.sql.message.SqlReply;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.ReplicatedState.Counter;
import dev.lockstep.sql.server.SpeculativeTransaction.Beginning;
import dev.lockstep.sql.server.determinism.Definitions;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.determinism.Refusals;
import dev.lockstep.sql.server.determinism.RefusedSql;
import dev.lockstep.sql.server.determinism.StatementPolicy.Kind;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicated service: begins transactions, commits those whose results the group finds too, and
 * keeps what the group knows of its databases (Byzantium, thesis section 6.1). All methods belong
 * to the service's thread.
 *
 * <p>A transaction's snapshot is fixed where its BEGIN is ordered. Its steps come to {@link
 * Speculation}, and again with its COMMIT. A replica that has done just these steps with just these
 * results commits what it has; any other does them now, on the same snapshot, with nothing in the
 * way. Both come to the same: what a transaction reads follows from its snapshot, and what it
 * writes nobody else has written since, or the engine would have refused it.
 */
public final class SqlService implements Service, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqlService.class);

  private static final int RESERVE_MAX = 1000;

  /** What happens to a replica's database that the replica cannot mend by itself. */
  public interface Observer {
    /** The database does not work; nothing that this service says counts any more. */
    void onBroken(String reason);

    /** The database is not what that of the others is, as f+1 of them prove. */
    void onDiverged(String reason);
  }

  private final int self;
  private final int replicas;
  private final SqlSettings settings;
  private final Database database;
  private final Speculation speculation;
  private final Verification verification;
  private final Observer observer;
  private final Map<TransactionKey, SpeculativeTransaction> open = new LinkedHashMap<>();
  private final Map<TransactionKey, Long> begunMicros = new LinkedHashMap<>();
  private ReplicatedState state = new ReplicatedState();
  private Counters counters;
  private Base base;
  private long drainUntilMicros;
  private boolean draining;
  private boolean replaying;
  private boolean diverged;
  private volatile boolean broken;
  private volatile long commandsDone;

  /**
   * Takes a database over, and empties it: its content comes from the group's order.
   *
   * @param self number of this replica
   * @param replicas how many there are, numbered from 0
   * @throws SQLException if the database does not work, or is somebody else's
   */
  public SqlService(
      int self,
      int replicas,
      Engine engine,
      SqlSettings settings,
      Verification verification,
      Observer observer)
      throws SQLException {
    this.self = self;
    this.replicas = replicas;
    this.settings = settings;
    this.verification = verification;
    this.observer = observer;
    database = new Database(engine);
    speculation =
        new Speculation(self, database, SpeculationBudget.ofThisProcess(), this::onBroken);
    engine.clear();
    database.refresh();
    counters = new Counters(database, state.counters);
    base = newBase();
  }

  Speculation speculation() {
    return speculation;
  }

  /** Commands of the order that the database has done. Any thread. */
  long commandsDone() {
    return commandsDone;
  }

  private void onBroken(DatabaseBroken e) {
    if (!broken) {
      broken = true;
      LOG.error("replica {}: {}", self, e.getMessage(), e);
      observer.onBroken(e.getMessage());
    }
  }

  // ---- commands -----------------------------------------------------------------------------

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    return ordered(new Base.Entry(command, context, context.random().nextLong())).encode();
  }

  private SqlReply ordered(Base.Entry entry) {
    if (broken) {
      return broken();
    }
    try {
      SqlCommand command = SqlCommand.decode(entry.command());
      if (command instanceof SqlCommand.BeginRead || command instanceof SqlCommand.Properties) {
        return question(command, entry.context().client());
      }
      base.add(entry);
      state.commands++;
      long now = entry.context().timestampMicros();
      expire(now);
      SqlReply reply = execute(command, entry, now);
      renewBase(now);
      commandsDone = state.commands;
      return reply;
    } catch (RefusedException e) {
      return failed("08P01", e.getMessage());
    } catch (DatabaseBroken e) {
      onBroken(e);
      return broken();
    }
  }

  /** Says something that no replica says whose database works. */
  private SqlReply broken() {
    return new SqlReply.Broken(self);
  }

  private static SqlReply failed(String sqlState, String message) {
    return new SqlReply.Failed(new SqlFailure(sqlState, 0, message));
  }

  private static SqlReply noSchema(String name) {
    return new SqlReply.Failed(Refusals.noSchema(name).failure());
  }

  private SqlReply execute(SqlCommand command, Base.Entry entry, long now) {
    UUID client = entry.context().client();
    if (command instanceof SqlCommand.Begin begin) {
      return begin(new TransactionKey(client, begin.transaction()), begin.schema(), entry, now);
    } else if (command instanceof SqlCommand.Commit commit) {
      return commit(new TransactionKey(client, commit.transaction()), commit.claims(), now);
    } else if (command instanceof SqlCommand.Rollback rollback) {
      abandon(new TransactionKey(client, rollback.transaction()));
      return new SqlReply.Done();
    } else if (command instanceof SqlCommand.ExecuteNow execute) {
      return executeNow(execute, new Plan.Circumstances(now, entry.seed()));
    } else if (command instanceof SqlCommand.Reserve reserve) {
      return reserve(reserve);
    } else if (command instanceof SqlCommand.Suspect suspect) {
      if (suspect.epoch() == state.epoch) {
        mastership().suspect(client, now);
      }
      return new SqlReply.Master(mastership().master(), state.epoch);
    } else if (command instanceof SqlCommand.Verify) {
      // Who asks again and again is answered by fewer replicas, or none.
      if (!replaying && verification.hasRoom(client)) {
        EngineTransaction reader = database.begin("", Engine.Patience.SHORT);
        verification.begin(state.commands, client, reader, database.tables(), this::onBroken);
      }
      return new SqlReply.Verifying(state.commands);
    } else if (command instanceof SqlCommand.Repair repair) {
      return repair(repair);
    }
    throw new IllegalStateException("a command that is not known: " + command);
  }

  @Override
  public byte[] executeUnordered(byte[] query, MessageContext context) {
    if (broken) {
      return broken().encode();
    }
    try {
      return question(SqlCommand.decode(query), context.client()).encode();
    } catch (RefusedException e) {
      return failed("08P01", e.getMessage()).encode();
    } catch (DatabaseBroken e) {
      onBroken(e);
      return broken().encode();
    }
  }

  private SqlReply question(SqlCommand command, UUID client) {
    if (command instanceof SqlCommand.BeginRead begin) {
      return beginRead(new TransactionKey(client, begin.transaction()), begin.schema());
    } else if (command instanceof SqlCommand.Properties) {
      try {
        return new SqlReply.PropertiesAre(database.engine().properties());
      } catch (SQLException e) {
        throw new DatabaseBroken("the database does not describe itself", e);
      }
    }
    return failed("0A000", "this command must be ordered");
  }

  // ---- transactions -------------------------------------------------------------------------

  private Mastership mastership() {
    return new Mastership(state, self, replicas);
  }

  private SqlReply begin(TransactionKey key, String schema, Base.Entry entry, long now) {
    if (draining) {
      return new SqlReply.Deferred();
    }
    if (open.containsKey(key)) {
      return failed("25001", "the transaction has begun already");
    }
    if (!database.hasSchema(schema)) {
      return noSchema(schema);
    }
    long ofClient = open.keySet().stream().filter(k -> k.client().equals(key.client())).count();
    if (open.size() >= settings.transactionsMax()
        || ofClient >= settings.transactionsPerClientMax()) {
      return failed(
          "53300",
          "too many transactions are open: at most "
              + settings.transactionsMax()
              + ", and "
              + settings.transactionsPerClientMax()
              + " of one client");
    }
    Plan.Circumstances circumstances = new Plan.Circumstances(now, entry.seed());
    EngineTransaction transaction = database.begin(schema, Engine.Patience.LONG);
    open.put(
        key, speculation.begin(new Beginning(key, transaction, schema, circumstances, false, 0)));
    begunMicros.put(key, now);
    return new SqlReply.Begun(now, mastership().master(), state.epoch);
  }

  private SqlReply beginRead(TransactionKey key, String schema) {
    if (!database.hasSchema(schema)) {
      return noSchema(schema);
    }
    speculation.endRead(key);
    if (speculation.wasOverEarly(key)) {
      return new SqlReply.ReadBegun(state.version);
    }
    if (!speculation.hasRoomForRead(key.client())) {
      return failed(
          "53300",
          "too many transactions read at a time: at most "
              + Speculation.READS_PER_CLIENT_MAX
              + " of one client");
    }
    EngineTransaction transaction = database.begin(schema, Engine.Patience.SHORT);
    Plan.Circumstances circumstances = new Plan.Circumstances(0, 0);
    speculation.begin(new Beginning(key, transaction, schema, circumstances, true, state.version));
    return new SqlReply.ReadBegun(state.version);
  }

  private void abandon(TransactionKey key) {
    SpeculativeTransaction transaction = open.remove(key);
    begunMicros.remove(key);
    if (transaction != null) {
      speculation.expel(transaction);
      transaction.rollback();
    }
  }

  private void abandonAll() {
    List.copyOf(open.keySet()).forEach(this::abandon);
  }

  private void expire(long now) {
    for (Map.Entry<TransactionKey, Long> each : new ArrayList<>(begunMicros.entrySet())) {
      if (now - each.getValue() <= settings.transactionMicrosMax()) {
        return; // those behind are younger
      }
      abandon(each.getKey());
    }
  }

  private SqlReply commit(TransactionKey key, List<SqlCommand.Claim> claims, long now) {
    SpeculativeTransaction transaction = open.remove(key);
    begunMicros.remove(key);
    if (transaction == null) {
      return new SqlReply.Failed(SpeculativeTransaction.ENDED.failure());
    }
    speculation.seize(transaction);
    Commit commit = new Commit(database, speculation, transaction, claims);
    Commit.Verdict verdict = commit.carryOut();
    if (verdict == Commit.Verdict.FALSE) {
      // Somebody lies: the master, or this client. It is believed as often as others are.
      mastership().suspect(key.client(), now);
    }
    if (verdict == Commit.Verdict.CHANGED) {
      state.version++;
    }
    return switch (verdict) {
      case CHANGED, UNCHANGED -> new SqlReply.Committed(state.version);
      case FALSE ->
          failed("40001", "what the master showed is not what the group found; run it again");
      case CONFLICT ->
          failed("40001", "the transaction conflicts with one that was committed; run it again");
      case FAILED -> failed("25P02", "a transaction that has failed cannot be committed");
    };
  }

  private SqlReply executeNow(SqlCommand.ExecuteNow execute, Plan.Circumstances circumstances) {
    if (!database.hasSchema(execute.schema())) {
      return noSchema(execute.schema());
    }
    if (execute.step() instanceof SqlStep.Execute only) {
      try {
        String sql = only.statement().sql();
        Plan plan = database.plan(execute.schema(), sql);
        if (plan.kind() == Kind.DEFINE) {
          return define(execute.schema(), plan.definition(circumstances));
        }
      } catch (RefusedSql e) {
        return new SqlReply.Failed(e.failure());
      } catch (DatabaseBroken e) {
        throw e;
      } catch (RuntimeException | StackOverflowError e) {
        return new SqlReply.Failed(TransactionRun.stumbled(e));
      }
    }
    Immediate immediate =
        new Immediate(database, speculation, counters, execute.schema(), circumstances);
    StepResult result = immediate.carryOut(execute.step());
    if (immediate.hasChanged()) {
      state.version++;
    }
    return new SqlReply.Result(result);
  }

  /**
   * Tables change while nobody uses them: all open transactions are rolled back, on all replicas.
   */
  private SqlReply define(String schema, String sql) throws RefusedSql {
    if (!state.hasRoomFor(schema, sql)) {
      return failed(
          "54000",
          "the group remembers all definitions, and there were too many; move to a new cluster");
    }
    abandonAll();
    speculation.abandonAll();
    base.retireAndAwait();
    verification.awaitReaders();
    SqlReply reply = new SqlReply.Result(Immediate.NOTHING_DONE);
    try {
      database.engine().define(schema, sql);
      state.define(schema, Definitions.withoutRows(sql));
      state.version++;
    } catch (SQLException e) {
      if (database.engine().kindOf(e) == Engine.FailureKind.FATAL) {
        throw new DatabaseBroken("a definition failed", e);
      }
      reply =
          failed(
              e.getSQLState() == null ? "42000" : e.getSQLState(), String.valueOf(e.getMessage()));
    } catch (RuntimeException | StackOverflowError e) {
      reply = new SqlReply.Failed(TransactionRun.stumbled(e));
    }
    database.refresh();
    counters.forgetChanged();
    base = newBase();
    draining = false;
    return reply;
  }

  private SqlReply reserve(SqlCommand.Reserve reserve) {
    if (reserve.count() < 1 || reserve.count() > RESERVE_MAX) {
      return failed("22023", "1 to " + RESERVE_MAX + " values can be reserved at a time");
    }
    Counter taken = counters.takeOrNull(reserve.source(), reserve.count());
    return taken == null
        ? failed("42P01", "there is no such sequence or identity column")
        : new SqlReply.Reserved(taken.next(), taken.increment());
  }

  // ---- verification -------------------------------------------------------------------------

  private SqlReply repair(SqlCommand.Repair repair) {
    Verification.Judgement judgement = verification.judge(repair);
    if (judgement.diverged() && !diverged) {
      diverged = true;
      LOG.error("replica {}: {}", self, judgement.message());
      observer.onDiverged(judgement.message());
    }
    return judgement.proved()
        ? new SqlReply.Done()
        : failed("22023", "too few replicas have signed this digest");
  }

  // ---- state --------------------------------------------------------------------------------

  private Base newBase() {
    return new Base(state.encode(), database.begin("", Engine.Patience.SHORT), database.tables());
  }

  /** Begins checkpoints anew when much has happened, at a moment without open transactions. */
  private void renewBase(long now) {
    if (!draining && base.logBytes() > settings.baseBytesMax()) {
      draining = true;
      drainUntilMicros = now + settings.drainMicros();
    }
    if (!draining || !open.isEmpty() && now < drainUntilMicros) {
      return;
    }
    abandonAll();
    Base old = base;
    base = newBase();
    old.retire();
    draining = false;
  }

  @Override
  public Snapshot snapshot() {
    if (broken) {
      throw new IllegalStateException("the database does not work, so there is no state");
    }
    return base.snapshot();
  }

  @Override
  public void restore(InputStream content) throws IOException {
    DataInputStream in = new DataInputStream(content);
    abandonAll();
    speculation.abandonAll();
    base.retireAndAwait();
    verification.awaitReaders();
    draining = false;
    try {
      state = ReplicatedState.decode(Base.readState(in));
      counters = new Counters(database, state.counters);
      database.engine().clear();
      for (ReplicatedState.Definition definition : state.definitions()) {
        database.engine().define(definition.schema(), definition.sql());
      }
      database.refresh();
      Dump.load(database.engine(), database.tables(), in);
    } catch (RefusedException | SQLException e) {
      throw new IOException("the state cannot be taken up: " + e.getMessage(), e);
    } catch (DatabaseBroken e) {
      onBroken(e);
      throw new IOException(e.getMessage(), e);
    }
    base = newBase();
    List<Base.Entry> log = Base.readLog(in);
    replaying = true;
    log.forEach(this::ordered);
    replaying = false;
    commandsDone = state.commands;
    if (in.read() >= 0) {
      throw new IOException("something follows the state");
    }
    if (broken) {
      throw new IOException("the database failed while the state was taken up");
    }
  }

  /** Ends all transactions. The engine stays open. */
  @Override
  public void close() {
    speculation.close();
    verification.close();
  }
}
