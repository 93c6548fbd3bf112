"""Fills an activated Tryton database with what plan.ts describes.

Usage: seed.py PLAN.json RESULT.json, with TRYTON_DATABASE, Tryton's own settings and, in TRYTON_PASSWORDS, the
passwords as JSON by login in the environment. Works in this process through proteus, without a server. It runs on a
fresh database only: what was interrupted is thrown away and begun again by snapshot.ts.
"""

import datetime
import json
import os
import sys
from decimal import Decimal

# The caches of a process are cleared by a notice of the database, a moment later; with a time-out they are cleared at
# once, which is what reading one's own new rights needs.
os.environ.setdefault('TRYTOND_CACHE__CLEAN_TIMEOUT', '300')

import trytond  # noqa: E402
from proteus import Model, Wizard, config  # noqa: E402

FIRST_OF_YEARS = datetime.date(2025, 1, 1)
SERIES = '.'.join(trytond.__version__.split('.')[:2])
SETTINGS = '.configuration'  # in the names of models that defaults are taken from, whoever asks


def find_one(model, /, **values):
    record, = Model.get(model).find([(name, '=', value) for name, value in values.items()], limit=1)
    return record


def saved(model, /, **values):
    record = Model.get(model)(**values)
    record.save()
    return record


def module_record(model, module, name):
    """A record that a module brought, by the name that the module gave it."""
    data = Model.get('ir.model.data')
    if SERIES == '6.0':
        return Model.get(model)(find_one('ir.model.data', module=module, fs_id=name).db_id)
    return Model.get(model)(data._proxy.get_id(module, name, config.get_config().context))


def sequence(model, kind, name, company, **values):
    kind = find_one('ir.sequence.type', name=kind)
    return saved(model, name=name, sequence_type=kind, company=company, **values)


class Companies:
    """The administrator works in one company at a time."""

    def __init__(self):
        self.admin = find_one('res.user', login='admin')

    def work_in(self, company):
        self.admin.reload()
        if company not in self.admin.companies:
            self.admin.companies.append(company)
        self.admin.company = company
        self.admin.save()
        current = config.get_config()
        current._context = {}
        current._context = Model.get('res.user').get_preferences(True, {})
        assert current._context['company'] == company.id


def seed_world(plan):
    """What companies share: currencies, countries, payment terms, units."""
    currencies, terms = {}, {}
    for each in plan['currencies']:
        currency = Model.get('currency.currency')(
            name=each['name'], symbol=each['symbol'], code=each['code'], numeric_code=each['number'])
        currency.digits, currency.rounding = each['digits'], Decimal(1).scaleb(-each['digits'])
        currency.rates.new(date=FIRST_OF_YEARS, rate=Decimal(each['rate']))
        currency.save()
        currencies[each['code']] = currency
    countries = {each['code']: saved('country.country', **each) for each in plan['countries']}
    for days in plan['paymentTermsDays']:
        term = Model.get('account.invoice.payment_term')(name='%s days net' % days if days else 'At once')
        line = term.lines.new(type='remainder')
        if days:
            line.relativedeltas.new(days=days)
        term.save()
        terms[days] = term
    # Tryton's own are Open and Done; done is accepted, so what is taken out of use needs a status of its own.
    saved('project.work.status', name='Closed', types=['project', 'task'])
    unit = module_record('product.uom', 'product', 'uom_unit')
    # The unit "Unit" is whole: half a milestone would be rounded to none or one.
    fee = saved('product.uom', name='Fixed fee', symbol='fee', category=unit.category,
        rate=1.0, factor=1.0, rounding=0.0001, digits=4)
    return currencies, countries, terms, {'hour': module_record('product.uom', 'product', 'uom_hour'), 'fee': fee}


def seed_company(each, currencies, countries):
    party = Model.get('party.party')(name=each['name'], code=each['legalEntityId'])
    address, = party.addresses or [party.addresses.new()]
    address.country = countries[each['country']]
    party.save()
    wizard = Wizard('company.company.config')
    wizard.execute('company')
    wizard.form.party, wizard.form.currency = party, currencies[each['currency']]
    wizard.execute('add')
    company = find_one('company.company', party=party.id)
    company.timezone = each['timeZone']
    company.save()
    return company


def seed_accounts(each, company):
    """One account type per kind of account, and the accounts by role."""
    kinds = {
        'receivable': dict(statement='balance', assets=True, receivable=True),
        'asset': dict(statement='balance', assets=True),
        'payable': dict(statement='balance', payable=True),
        'liability': dict(statement='balance'),
        'revenue': dict(statement='income', revenue=True),
        'expense': dict(statement='income', expense=True),
        'billed-asset': dict(statement='balance', assets=True, deposit=True),
        'billed-liability': dict(statement='balance', deposit=True),
    }
    types = {kind: saved('account.account.type', name=kind.capitalize(), company=company, **values)
        for kind, values in kinds.items()}
    accounts = {}
    for row in each['accounts']:
        accounts[row['role']] = saved('account.account', name=row['title'], code=row['code'], company=company,
            type=types[row['kind']], party_required=row['kind'] in ('receivable', 'payable'),
            reconcile=row.get('reconcile', False) or row['kind'] == 'payable')
    settings = Model.get('account.configuration')(1)
    settings.default_account_receivable = accounts['receivable']
    settings.default_account_payable = accounts['payable']
    settings.default_category_account_revenue = accounts['revenue']
    settings.default_category_account_expense = accounts['project-cost']
    settings.tax_rounding = each['taxRounding']
    if 'currency_exchange_journal' in settings._fields:
        # What the parts of an invoice in another currency differ from its whole, in the company's.
        settings.currency_exchange_journal = find_one('account.journal', code='EXC')
        settings.currency_exchange_credit_account = accounts['differences']
        settings.currency_exchange_debit_account = accounts['differences']
    settings.save()
    return accounts


def seed_taxes(each, company, accounts):
    taxes = {}
    for row in each['taxes']:
        percent = Decimal(row['ratePercent'])
        taxes[row['code']] = saved('account.tax', name=row['code'], company=company, type='percentage',
            description='Reverse charge' if row['reverseCharge'] else '%s %%' % percent,
            rate=percent / 100, invoice_account=accounts['tax-payable'], credit_note_account=accounts['tax-payable'],
            legal_notice='Reverse charge: the customer owes the tax.' if row['reverseCharge'] else None)
    for row in each['taxRules']:
        rule = Model.get('account.tax.rule')(name=row['name'], company=company, kind='sale')
        rule.lines.new(tax=taxes[row['tax']])
        rule.save()
    return taxes


def seed_years(each, company, years):
    """Fiscal years of twelve months. Invoices, credit notes and entries are numbered per year, without gaps."""
    for year in range(years['first'], years['last'] + 1):
        prefix = '%s-%s-' % (each['legalEntityId'], year)

        def numbers(kind, name, letters):
            return sequence('ir.sequence.strict', kind, '%s %s %s' % (name, each['legalEntityId'], year), company,
                prefix=prefix + letters, padding=5)
        fiscal_year = Model.get('account.fiscalyear')(
            name='%s %s' % (each['legalEntityId'], year), company=company,
            start_date=datetime.date(year, 1, 1), end_date=datetime.date(year, 12, 31))
        if 'move_sequence' in fiscal_year._fields:
            fiscal_year.move_sequence = numbers('Account Move', 'Entries', 'J')
        else:  # in 6.0 with gaps, which the numbers of invoices have not
            fiscal_year.post_move_sequence = sequence('ir.sequence', 'Account Move',
                'Entries %s %s' % (each['legalEntityId'], year), company, prefix=prefix + 'J', padding=5)
        row = fiscal_year.invoice_sequences[0] if fiscal_year.invoice_sequences else \
            fiscal_year.invoice_sequences.new()
        row.company = company
        row.out_invoice_sequence = numbers('Invoice', 'Invoices', 'I')
        row.out_credit_note_sequence = numbers('Invoice', 'Credit notes', 'C')
        row.in_invoice_sequence = numbers('Invoice', 'Bills', 'B')
        row.in_credit_note_sequence = numbers('Invoice', 'Supplier credit notes', 'S')
        fiscal_year.save()
        fiscal_year.click('create_period')


def seed_payments(company, currency, accounts, journals):
    method = saved('account.invoice.payment.method', name='Bank', company=company, journal=journals['CASH'],
        credit_account=accounts['cash'], debit_account=accounts['cash'])
    journal = saved('account.payment.journal', name='Bank transfer', company=company, currency=currency,
        process_method='manual', clearing_journal=journals['CASH'], clearing_account=accounts['payment-clearing'])
    saved('account.move.reconcile.write_off', name='Small differences', company=company, journal=journals['WOFF'],
        credit_account=accounts['differences'], debit_account=accounts['differences'])
    return {'paymentMethod': method.id, 'paymentJournal': journal.id}


def seed_journals():
    saved('account.journal', name='Revenue recognition', code='RREC', type='general')
    saved('account.journal', name='Project cost', code='PCST', type='general')
    saved('account.journal', name='Write-off', code='WOFF', type='write-off')
    return {journal.code: journal for journal in Model.get('account.journal').find([])}


def number_journals(journals):
    """In 6.0 a journal numbers the entries that are not posted yet, in each company by a value of its own."""
    for journal in journals.values():
        journal = Model.get('account.journal')(journal.id)  # a record keeps the company that it was read in
        if 'sequence' in journal._fields:
            kind = find_one('ir.sequence.type', name='Account Journal')
            journal.sequence = find_one('ir.sequence', sequence_type=kind.id)
            journal.save()


def seed_products(plan, units):
    """Templates are shared by companies; accounts and taxes are added in each."""
    category = saved('product.category', name='Services', accounting=True)
    products = {}
    for each in plan['products']:
        unit = units[each['unit']]
        template = Model.get('product.template')(name=each['name'], type='service', default_uom=unit,
            account_category=category, list_price=Decimal(each['price']), code=each['code'])
        template.salable, template.sale_uom = True, unit
        template.save()
        products[each['code']] = template.products[0]
    return category, products


def price_products(category, products, plan, accounts, standard_tax):
    """In the company that is worked in: prices, the accounts of services and the usual tax."""
    category = Model.get('product.category')(category.id)  # a record keeps the company that it was read in
    category.account_revenue, category.account_expense = accounts['revenue'], accounts['project-cost']
    category.customer_taxes.append(standard_tax)
    category.save()
    for each in plan['products']:
        template = Model.get('product.template')(products[each['code']].template.id)
        template.list_price = Decimal(each['price'])
        template.save()


def seed_employees(each, company):
    employees = {}
    for row in each['employees']:
        party = saved('party.party', name=row['name'])
        employee = saved('company.employee', party=party, company=company, start_date=FIRST_OF_YEARS)
        saved('company.employee_cost_price', employee=employee, date=FIRST_OF_YEARS, cost_price=Decimal(row['cost']))
        employees[row['name']] = employee.id
    return employees


def seed_user(login, name, password, groups, companies):
    user = Model.get('res.user')(name=name, login=login, password=password)
    user.groups.extend(groups)
    user.companies.extend(Model.get('company.company')(company.id) for company in companies)
    user.company = Model.get('company.company')(companies[0].id)
    user.company_filter = 'all'  # sees all companies; the one of a call decides numbers and defaults
    user.save()
    return user


def model_ref(name):
    """A model as records refer to it: by its name, and in 6.0 by its id."""
    return name if SERIES != '6.0' else find_one('ir.model', model=name).id


def seed_rights(technical):
    """The group of the technical user: what it may, and a closed door for every other model of the business."""
    group = saved('res.group', name=technical['group'])
    wanted = {model: right['may'] for right in technical['rights'] for model in right['models']}
    models = [model.model if SERIES == '6.0' else model.name for model in Model.get('ir.model').find([])]
    unknown = sorted(set(wanted) - set(models))
    assert not unknown, 'rights for models that are not there: %s' % unknown
    rows = Model.get('ir.model.access').find([])
    guarded = {access.model.model if SERIES == '6.0' else access.model for access in rows}

    def allowed(model):
        if model in wanted:
            return wanted[model]
        if model.startswith(('ir.sequence', 'ir.attachment', 'ir.note')):
            return []
        # The system's own are read by every session. Those without rows, which links between users and groups are
        # among, would be written by every user as well.
        system = model.startswith(('ir.', 'res.'))
        return ['read'] if system or SETTINGS in model else []
    rows = [{'model': model_ref(model), 'group': group.id,
            **{'perm_' + verb: verb in allowed(model) for verb in ('read', 'write', 'create', 'delete')}}
        for model in models
        if model in wanted or model not in guarded or not model.startswith(('ir.', 'res.'))]
    Model.get('ir.model.access')._proxy.create(rows, config.get_config().context)
    for field in technical['fields']:
        if SERIES == '6.0':
            of_model = {'field': find_one('ir.model.field', model=model_ref(field['model']), name=field['name'])}
        else:
            of_model = {'model': field['model'], 'field': field['name']}
        saved('ir.model.field.access', group=group, perm_read=True, perm_write=True, **of_model)
    for model, names in technical['pressed'].items():
        for name in names:
            button = find_one('ir.model.button', model=model_ref(model), name=name)
            if button.groups:  # without any it is open to all
                button.groups.append(Model.get('res.group')(group.id))
                button.save()
    for each in technical['withheld']:
        keeper = find_one('res.group', name=each['group'])
        pressed = [find_one('ir.model.button', model=model_ref(model), name=name)
            for model, names in each.get('buttons', {}).items() for name in names]
        for wizard in each.get('wizards', []):
            found = Model.get('ir.action.wizard').find([('wiz_name', '=', wizard)])
            assert found, 'no wizard %s' % wizard
            pressed.extend(found)
        for record in pressed:
            if keeper not in record.groups:
                record.groups.append(Model.get('res.group')(keeper.id))
                record.save()
    return group


def seed_users(plan, companies, passwords):
    technical = plan['technicalUser']
    group = seed_rights(technical)
    user = seed_user(technical['login'], 'Throughline', passwords[technical['login']], [group], companies)
    for each in plan['people']:
        groups = [find_one('res.group', name=name) for name in each['groups']]
        seed_user(each['login'], each['name'], passwords[each['login']], groups, companies)
    if SERIES == '6.0':  # which has no such interface
        return None
    key = saved('res.user.application', application='rest', user=user)
    if key.state != 'validated':
        key.click('validate_')
    return key.key


def seed(plan, passwords):
    current = Companies()
    currencies, countries, terms, units = seed_world(plan)
    companies = [seed_company(each, currencies, countries) for each in plan['companies']]
    described, journals, category, products = [], None, None, None
    for each, company in zip(plan['companies'], companies):
        current.work_in(company)
        accounts = seed_accounts(each, company)
        taxes = seed_taxes(each, company, accounts)
        seed_years(each, company, plan['years'])
        if journals is None:
            journals = seed_journals()
            category, products = seed_products(plan, units)
        number_journals(journals)
        price_products(category, products, plan, accounts, next(iter(taxes.values())))
        described.append({
            'legalEntityId': each['legalEntityId'], 'name': each['name'], 'companyId': company.id,
            'currency': each['currency'],
            'accounts': {role: {'id': account.id, 'code': account.code} for role, account in accounts.items()},
            'taxes': {code: tax.id for code, tax in taxes.items()},
            'employees': seed_employees(each, company),
            **seed_payments(company, currencies[each['currency']], accounts, journals),
        })
    current.work_in(companies[0])
    current.admin.password = passwords['admin']
    current.admin.save()
    return {
        'companies': described,
        'products': {code: product.id for code, product in products.items()},
        'journals': {code: journal.id for code, journal in journals.items()},
        'paymentTerms': {str(days): term.id for days, term in terms.items()},
        'currencies': {code: currency.id for code, currency in currencies.items()},
        'units': {name: unit.id for name, unit in units.items()},
        'applicationKey': seed_users(plan, companies, passwords),
    }


def main():
    plan_file, result_file = sys.argv[1:]
    config.set_trytond(os.environ['TRYTON_DATABASE'], user='admin')
    with open(plan_file) as file:
        plan = json.load(file)
    result = seed(plan, json.loads(os.environ['TRYTON_PASSWORDS']))
    descriptor = os.open(result_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, 'w') as file:
        json.dump(result, file)


main()
