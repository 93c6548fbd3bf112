// What every ERP adapter must do, on a real Tryton. What only Tryton can show is in the files beside this one.
import { describeErp } from '../contract/erp-suite.ts';
import { financeOf } from './finance.ts';
import { contractOrder, germanCustomer, invoiceOrder, journalOrder, startGround, type Ground } from './erp-support.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
});
afterAll(() => ground?.tryton.stop());

const company = (): string => ground.company('TL-DE');

describeErp('Tryton', {
  erp: () => ground.erp,
  newKey: (step) => ground.newKey(step),
  customer: () => germanCustomer(company()),
  contractOrder: (customerId) => contractOrder({ customerId, companyId: company() }),
  invoiceOrder: (of) => invoiceOrder({ ...of, companyId: company() }),
  journalOrder: () => journalOrder(company()),
  finance: () => financeOf(ground, 'TL-DE'),
});
