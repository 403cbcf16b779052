package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Audits a log from the genesis view alone: checksums, order, that every decision has its
 * certificate and its bodies, and the chain of headers. In crash mode there are no signatures, so
 * the certificates are taken as they are (RULES 4).
 *
 * <p>It trusts nothing that the replica computed and so repeats, on purpose, the few lines of the
 * protocol that say what a certificate and a header are.
 */
public final class LogVerifier {
  /**
   * What was found.
   *
   * @param records number of records that could be read
   * @param firstDecision first instance whose decision is whole, or 0
   * @param lastDecision last such instance, or 0
   * @param signatures number of signatures that were checked
   * @param checkpoints instances of the checkpoints that are whole
   * @param problems sentences; empty if the log is in order. At most {@link #PROBLEMS_MOST}, then
   *     one that says how many more there are
   */
  public record Report(
      long records,
      long firstDecision,
      long lastDecision,
      long signatures,
      List<Long> checkpoints,
      List<String> problems) {
    public boolean isInOrder() {
      return problems.isEmpty();
    }
  }

  /** Most problems that are listed one by one. */
  public static final int PROBLEMS_MOST = 100;

  private final Path directory;
  private final Domains domains;
  private final Digest configuration;
  private final QuorumSystem quorums;
  private final Verifier verifier;
  private final CodecLimits limits;

  private final List<String> problems = new ArrayList<>();
  private long unlisted;
  private long records;
  private long firstDecision;
  private long lastDecision;
  private long signatures;

  /** Instance of the newest checkpoint that is whole, or 0. */
  private long covered;

  /** Header of the last decision, once it is known. */
  private Digest header;

  /** Headers of the last W instances, the eldest first; those that values name as ancestors. */
  private final ArrayDeque<Digest> ancestors = new ArrayDeque<>();

  /** Digests of the decisions whose headers are not known yet. */
  private final ArrayDeque<Digest> waiting = new ArrayDeque<>();

  private LogVerifier(
      Path directory,
      Domains domains,
      Digest configuration,
      View genesis,
      Verifier verifier,
      CodecLimits limits) {
    this.directory = directory;
    this.domains = domains;
    this.configuration = configuration;
    this.quorums = new QuorumSystem(genesis, QuorumRule.STANDARD);
    this.verifier = verifier;
    this.limits = limits;
  }

  /** Reads the whole directory; changes nothing. Memory does not grow with the log. */
  public static Report verify(
      Path directory,
      Domains domains,
      Digest configuration,
      View genesis,
      Verifier verifier,
      CodecLimits limits)
      throws IOException {
    return new LogVerifier(directory, domains, configuration, genesis, verifier, limits).run();
  }

  private Report run() throws IOException {
    LogReader reader = new LogReader(directory, limits);
    LogReader.Header found = reader.header();
    if (found == null) {
      problem("the directory has no readable " + LogHeader.NAME);
    } else if (!found.configuration().equals(configuration)) {
      problem(
          "the log was written under the configuration "
              + found.configuration()
              + ", and cluster.yaml is "
              + configuration);
    }
    List<Long> checkpoints = checkpoints();
    covered = checkpoints.isEmpty() ? 0 : checkpoints.get(0);
    reader.read(
        new LogReader.Visitor() {
          @Override
          public void onEntry(LogReader.Entry entry) {
            records++;
            if (entry.record() instanceof Record.Decided decided) {
              check(decided);
            }
          }

          @Override
          public void onProblem(String problem) {
            problem(problem);
          }
        });
    if (firstDecision == 0
        && records > 0
        && covered == 0
        && found != null
        && found.firstSegment() > 1) {
      problem("there is no decision and no checkpoint, although older segments were dropped");
    }
    if (unlisted > 0) {
      problems.add("and " + unlisted + " more");
    }
    return new Report(
        records, firstDecision, lastDecision, signatures, checkpoints, List.copyOf(problems));
  }

  private void problem(String sentence) {
    if (problems.size() < PROBLEMS_MOST) {
      problems.add(sentence);
    } else {
      unlisted++;
    }
  }

  private void check(Record.Decided decided) {
    Batch batch = decided.batch();
    long instance = batch.instance();
    String place = "the decision of instance " + instance;
    if (lastDecision > 0 && instance <= lastDecision) {
      // Once more, after a restart, or after a state of others that was given up.
      checkBodies(place, decided);
      checkCertificate(place, batch, decided.certificate());
      return;
    }
    if (instance > lastDecision + 1) {
      // A checkpoint stands for what was dropped, or never was here.
      if (instance - 1 > covered) {
        problem(
            lastDecision > 0
                ? place + " follows that of " + lastDecision
                : place + " is the first, and no checkpoint stands for those before it");
      }
      header = null;
      ancestors.clear();
      waiting.clear();
    }
    if (batch.header().view() != quorums.view().id()) {
      problem(place + " names view " + batch.header().view());
    }
    checkBodies(place, decided);
    checkCertificate(place, batch, decided.certificate());
    checkChain(place, batch);
    if (firstDecision == 0) {
      firstDecision = instance;
    }
    lastDecision = instance;
  }

  private void checkBodies(String place, Record.Decided decided) {
    List<Digest> named =
        decided.batch().references().stream().map(reference -> reference.digest()).toList();
    List<Digest> there = decided.bodies().stream().map(Request::digest).toList();
    if (!there.containsAll(named)) {
      problem(place + " lacks bodies of its requests");
    }
  }

  private void checkCertificate(String place, Batch batch, Certificate certificate) {
    if (certificate.instance() != batch.instance()
        || !certificate.digest().equals(batch.digest())) {
      problem(place + " has a certificate for something else");
      return;
    }
    if (!quorums.view().byzantine()) {
      return;
    }
    long signers = 0;
    for (Certificate.Vote vote : certificate.votes()) {
      byte[] statement =
          Statements.accept(
              domains.at(certificate.instance()),
              quorums.view().id(),
              certificate.instance(),
              certificate.regency(),
              certificate.digest(),
              vote.replica());
      signatures++;
      long bit = quorums.bit(vote.replica());
      if (bit == 0
          || (signers & bit) != 0
          || !verifier.replica(vote.replica(), statement, vote.signature())) {
        problem(place + " has a certificate with a bad vote of replica " + vote.replica());
        return;
      }
      signers |= bit;
    }
    if (!quorums.isVoteQuorum(signers)) {
      problem(place + " has a certificate with too few votes");
    }
  }

  /**
   * The value of t names the header of t - W. A log from instance 1 on starts the chain with zero;
   * for one whose beginning was dropped the first values say where it starts.
   */
  private void checkChain(String place, Batch batch) {
    int window = quorums.view().window();
    Digest ancestor = batch.header().ancestor();
    if (batch.instance() == 1) {
      header = Digest.ZERO;
    }
    if (header == null && waiting.size() == window - 1) {
      // This is the first value that names the header before the first decision.
      extendFrom(batch, ancestor);
      return;
    }
    if (header == null) {
      waiting.add(batch.digest());
      return;
    }
    Digest expected = batch.instance() <= window ? Digest.ZERO : ancestors.peek();
    if (expected != null && !expected.equals(ancestor)) {
      problem(place + " does not continue the chain: it names another header of its ancestor");
    }
    extend(batch.instance(), batch.digest());
  }

  private void extendFrom(Batch batch, Digest start) {
    long instance = batch.instance() - waiting.size();
    header = start;
    ancestors.add(header);
    while (!waiting.isEmpty()) {
      extend(instance++, waiting.poll());
    }
    extend(instance, batch.digest());
  }

  private void extend(long instance, Digest decided) {
    header = header(instance, header, decided);
    ancestors.add(header);
    if (ancestors.size() > quorums.view().window()) {
      ancestors.poll();
    }
  }

  /** The header digest of an instance (RULES 6). */
  static Digest header(long instance, Digest before, Digest decided) {
    return new Encoder(96)
        .label("LOCKSTEP-HEADER")
        .i64(instance)
        .digest(before)
        .digest(decided)
        .hash();
  }

  private List<Long> checkpoints() throws IOException {
    CheckpointStore store = new CheckpointStore(Disk.SYSTEM, directory, domains.founding());
    List<Long> whole = new ArrayList<>();
    for (long instance : store.instances()) {
      try (CheckpointReader reader = store.open(instance)) {
        if (reader != null && CheckpointStore.isWhole(reader)) {
          whole.add(instance);
        } else {
          problem("the checkpoint at instance " + instance + " is damaged");
        }
      }
    }
    return whole;
  }
}
