package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.TreeMap;

/**
 * Under whom the group works: the regency that is installed here, the one that this replica asks
 * for, and what the SYNC of the installed one fixed.
 *
 * <pre>
 *                  ask(r+1)                 enough STOPs: install(r)
 *   SYNCED in g ------------> asking r+1 ------------------------------> INSTALLED r
 *       ^                                                                    |
 *       +--------------------------- SYNC(r): sync(selection) --------------+
 * </pre>
 *
 * A replica that is not synced may ask for the next regency too. Regency 0 is synced from the
 * start.
 */
public final class Regency {
  private final int self;
  private final ViewHistory views;

  /** Invariant: no lower one is voted in; never descends; {@code installed <= asked}. */
  private long installed;

  /** The highest regency that this replica asked for; never descends. */
  private long asked;

  private boolean synced = true;

  /** The highest regency whose SYNC was accepted in this life; 0 needs none. */
  private long lastSynced;

  /** Of the last SYNC that was accepted; of the installed regency while {@link #synced}. */
  private Outcome selection = new Outcome(0, 0, new TreeMap<>());

  /** Id of the leader of {@link #installed}. */
  private int leader;

  public Regency(int self, ViewHistory views) {
    this.self = self;
    this.views = views;
    leader = leaderOf(0);
  }

  /** The regency in which this replica votes, once {@linkplain #isSynced synced}. */
  public long installed() {
    return installed;
  }

  /** The highest regency that this replica asked for. */
  public long asked() {
    return asked;
  }

  /** Whether this replica has asked for a regency that is not installed. */
  public boolean isAsking() {
    return asked > installed;
  }

  /** Whether the SYNC of the installed regency was accepted. */
  public boolean isSynced() {
    return synced;
  }

  /** The highest regency whose SYNC was accepted in this life, or 0. */
  public long lastSynced() {
    return lastSynced;
  }

  /** What the last accepted SYNC says of the instances that were open. */
  public Outcome selection() {
    return selection;
  }

  /** Id of the leader of the installed regency. */
  public int leader() {
    return leader;
  }

  /** Whether this replica leads the installed regency. */
  public boolean isLeader() {
    return leader == self;
  }

  /** Id of the leader of any regency (RULES 3). */
  public int leaderOf(long regency) {
    return views.newest().leader(regency);
  }

  /** The view that orders the instance. */
  public View viewAt(long instance) {
    return views.at(instance);
  }

  /** What is valid under the newest view. */
  public View.Limits limits() {
    return views.newest().limits();
  }

  /** Whether SYNC fixed what becomes of the instance: no fresh proposal is possible there. */
  public boolean isFixed(long instance) {
    return synced && instance <= selection.horizon();
  }

  /** The digest that SYNC fixed for the instance, or null. */
  public Digest fixedOrNull(long instance) {
    Choice choice = synced ? selection.choices().get(instance) : null;
    return choice == null ? null : choice.digest();
  }

  /** Takes up where storage says that this replica had promised to be. */
  public void restore(long promise) {
    installed = promise;
    asked = promise;
    synced = promise == 0;
    leader = leaderOf(promise);
  }

  /** This replica asks for a higher regency than before. */
  public void ask(long regency) {
    if (regency <= asked) {
      throw new IllegalArgumentException("asks for " + regency + " after " + asked);
    }
    asked = regency;
  }

  /** A higher regency than before is installed; its SYNC is to come. */
  public void install(long regency) {
    if (regency <= installed) {
      throw new IllegalArgumentException("installs " + regency + " after " + installed);
    }
    installed = regency;
    asked = Math.max(asked, regency);
    synced = false;
    leader = leaderOf(regency);
  }

  /** The SYNC of the installed regency is accepted. */
  public void sync(Outcome outcome) {
    if (synced) {
      throw new IllegalStateException("regency " + installed + " is synced already");
    }
    selection = outcome;
    synced = true;
    lastSynced = installed;
  }
}
