package dev.lockstep.protocol.replica.kernel;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells the events of life to those who listen, in the order in which they were added: the one who
 * puts a replica together fixes it, and sees all of it at one place.
 */
public final class Life implements DeliveryListener, RegencyListener {
  private final List<DeliveryListener> onDelivery = new ArrayList<>();
  private final List<RegencyListener> onRegency = new ArrayList<>();

  public void add(DeliveryListener listener) {
    onDelivery.add(listener);
  }

  public void add(RegencyListener listener) {
    onRegency.add(listener);
  }

  @Override
  public void onInstance(long instance) {
    onDelivery.forEach(each -> each.onInstance(instance));
  }

  @Override
  public void onDelivered() {
    onDelivery.forEach(DeliveryListener::onDelivered);
  }

  @Override
  public void onAdopted(long instance) {
    onDelivery.forEach(each -> each.onAdopted(instance));
  }

  @Override
  public void onProved() {
    onDelivery.forEach(DeliveryListener::onProved);
  }

  @Override
  public void onInstalled(long regency) {
    onRegency.forEach(each -> each.onInstalled(regency));
  }

  @Override
  public void onProvedDecision(Certificate certificate) {
    onRegency.forEach(each -> each.onProvedDecision(certificate));
  }

  @Override
  public void onSynced(List<Batch> values) {
    onRegency.forEach(each -> each.onSynced(values));
  }
}
